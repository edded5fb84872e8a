import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { DmpServerTls } from '../dmp/dmp-server.js';
import type { FaultBoard } from '../faults/fault-board.js';
import { holderOf } from './client-certificate.js';
import { openMailbox } from './greenmail.js';
import { ImapLines, wordsOf } from './imap-lines.js';

export interface ImapFrontOptions {
  readonly tls: DmpServerTls;
  readonly faults: FaultBoard;
  /** Of every mailbox, for those who sign in by LOGIN or PLAIN. */
  readonly password: string;
  /** Port of GreenMail; without it, nobody can sign in. */
  readonly storePort: number | undefined;
}

/**
 * The operator's IMAP door (RFC 3501): STARTTLS and a client certificate are demanded, then EXTERNAL, PLAIN or LOGIN opens a
 * mailbox of that certificate. From there on GreenMail, which knows neither, answers.
 */
export function createImapFront(options: ImapFrontOptions): { server: Server; closeAll: () => void } {
  const { tls, faults } = options;
  const sockets = new Set<Duplex>();
  const follow = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const secured = createTlsServer(
    {
      cert: tls.certificate,
      key: tls.privateKey,
      ca: tls.authorities,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    (socket) => {
      follow(socket);
      signIn(socket, options, follow).catch(() => socket.destroy());
    },
  );
  secured.on('tlsClientError', (_error, socket) => socket.destroy());
  const server = createServer((socket) => {
    follow(socket);
    if (faults.take('mss', {}, ['down']).effect) socket.destroy();
    else
      greet(socket)
        .then((upgrade) => (upgrade ? secured.emit('connection', socket) : socket.end()))
        .catch(() => socket.destroy());
  });
  return {
    server,
    closeAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** In clear text: nothing but STARTTLS. @returns whether the client asked it */
async function greet(socket: Socket): Promise<boolean> {
  const lines = new ImapLines(socket);
  socket.write('* OK IMAP4rev1 operateur MSSante simule\r\n');
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    const [tag = '*', command = ''] = line.split(' ');
    switch (command.toUpperCase()) {
      case 'STARTTLS':
        // What was sent after the command came in clear text: it must not be run inside TLS.
        if (lines.rest().length > 0) return false;
        socket.write(`${tag} OK STARTTLS\r\n`);
        return true;
      case 'LOGIN':
      case 'AUTHENTICATE':
        socket.write(`${tag} NO [PRIVACYREQUIRED] STARTTLS est exige\r\n`);
        break;
      default:
        if (meetGeneral(socket, tag, command, 'STARTTLS LOGINDISABLED')) return false;
    }
  }
  return false;
}

async function signIn(
  socket: TLSSocket,
  { password, storePort }: ImapFrontOptions,
  follow: (socket: Duplex) => void,
): Promise<void> {
  const { addresses } = holderOf(socket);
  const lines = new ImapLines(socket);
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    const words = wordsOf(line);
    const [tag = '*', command = ''] = words ?? line.split(' ');
    if (!/^(LOGIN|AUTHENTICATE)$/i.test(command)) {
      if (meetGeneral(socket, tag, command, 'AUTH=EXTERNAL AUTH=PLAIN SASL-IR')) return void socket.end();
      continue;
    }
    const wanted = await mailboxAsked(words ?? [], lines, socket, password, addresses[0] ?? '');
    if (wanted === undefined || !addresses.includes(wanted)) {
      socket.write(`${tag} NO [AUTHENTICATIONFAILED] Identifiants refuses\r\n`);
      continue;
    }
    const store = storePort === undefined ? undefined : await openMailbox(storePort, wanted).catch(() => undefined);
    if (!store) {
      socket.write(`${tag} NO [UNAVAILABLE] Les boites ne sont pas disponibles\r\n`);
      continue;
    }
    follow(store);
    socket.write(`${tag} OK Boite ouverte\r\n`);
    store.write(lines.rest());
    socket.on('close', () => store.destroy());
    store.on('close', () => socket.destroy());
    socket.pipe(store).pipe(socket);
    return;
  }
}

/** Address that the client proves to be its own; undefined when it does not. */
async function mailboxAsked(
  words: readonly string[],
  lines: ImapLines,
  socket: Duplex,
  password: string,
  ownAddress: string,
): Promise<string | undefined> {
  const [, command = '', second = '', third] = words;
  if (command.toUpperCase() === 'LOGIN') return third === password ? second.toLowerCase() : undefined;
  const mechanism = second.toUpperCase();
  if (mechanism !== 'EXTERNAL' && mechanism !== 'PLAIN') return undefined;
  if (third === undefined) socket.write('+ \r\n');
  const response = third ?? (await lines.next()) ?? '*';
  if (response === '*') return undefined;
  const text = Buffer.from(response === '=' ? '' : response, 'base64').toString('utf8');
  // RFC 4422 appendix A: an empty identity asks for the one of the certificate.
  if (mechanism === 'EXTERNAL') return text === '' ? ownAddress : text.toLowerCase();
  const [, user = '', given] = text.split('\0');
  return given === password ? user.toLowerCase() : undefined;
}

/** Commands of any state. @returns true when the client leaves */
function meetGeneral(socket: Duplex, tag: string, command: string, capabilities: string): boolean {
  switch (command.toUpperCase()) {
    case 'CAPABILITY':
      socket.write(`* CAPABILITY IMAP4rev1 ${capabilities}\r\n${tag} OK CAPABILITY\r\n`);
      return false;
    case 'NOOP':
      socket.write(`${tag} OK NOOP\r\n`);
      return false;
    case 'LOGOUT':
      socket.write(`* BYE\r\n${tag} OK LOGOUT\r\n`);
      return true;
    default:
      socket.write(`${tag} BAD Commande inattendue\r\n`);
      return false;
  }
}
