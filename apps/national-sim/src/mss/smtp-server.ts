import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer, type SMTPServerAddress, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { DmpServerTls } from '../dmp/dmp-server.js';
import type { FaultBoard, RequestFacts } from '../faults/fault-board.js';
import type { FaultKind } from '../faults/fault.schema.js';
import { holderOf, type CertificateHolder } from './client-certificate.js';
import type { Envelope } from './mail-store.js';
import { tooBig, type Refusal } from './mailboxes.js';
import { operatorDomain } from './notices.js';
import type { MssOperator } from './operator.js';

/** What an SMTP answer of refusal carries. */
class SmtpRefusal extends Error {
  readonly responseCode: number;

  constructor({ code, status, text }: Omit<Refusal, 'status'> & { readonly status?: string | undefined }) {
    super(status === undefined ? text : `${status} ${text}`);
    this.responseCode = code;
  }
}

type Stage = NonNullable<RequestFacts['stage']>;
type Reply = (error?: Error | null) => void;
/** Leaves the client without answer. */
const silence = Symbol('connection cut');

/**
 * The operator's door (RFC 5321): STARTTLS and a client certificate of the authorities are demanded, and mail leaves from a
 * mailbox of that certificate only.
 */
export function createSmtpServer(
  tls: DmpServerTls,
  operator: MssOperator,
  faults: FaultBoard,
  password: string,
): SMTPServer {
  const holders = new WeakMap<SMTPServerSession, CertificateHolder>();
  const holder = (session: SMTPServerSession) => holders.get(session) ?? { subject: '', addresses: [] };
  const stripped = new WeakSet<SMTPServerSession>();
  const { space } = operator.mailboxes;

  const cut = (session: SMTPServerSession): void => {
    for (const connection of server.connections) if (connection.session === session) connection._socket.destroy();
  };

  /** @throws SmtpRefusal, or `silence` once the connection is cut */
  const meetFaults = async (
    session: SMTPServerSession,
    stage: Stage,
    recipients: readonly string[],
    kinds: readonly FaultKind[],
  ): Promise<void> => {
    const facts = { stage, recipients, certificateSubject: holder(session).subject };
    const { delayMs, effect } = faults.take('mss', facts, kinds);
    if (delayMs > 0) await delay(delayMs);
    if (effect?.kind === 'smtp')
      throw new SmtpRefusal({ code: Number(effect.code), status: effect.status, text: effect.context });
    if (effect?.kind !== 'down') return;
    cut(session);
    throw silence;
  };

  const server = new SMTPServer({
    name: operatorDomain,
    cert: tls.certificate,
    key: tls.privateKey,
    ca: tls.authorities,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    size: Math.max(space.maxBytes, space.patientMaxBytes),
    hideDSN: false,
    // The statuses of the refusals are those that are asked for, not those of the library.
    hideENHANCEDSTATUSCODES: true,
    hideSMTPUTF8: true,
    hideREQUIRETLS: true,
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,

    onConnect: (session, reply) => {
      answer(reply, async () => {
        const { effect } = faults.take('mss', {}, ['down', 'strip-starttls']);
        if (effect?.kind === 'strip-starttls') {
          session.disabledCommands = ['STARTTLS'];
          stripped.add(session);
        }
        if (effect?.kind !== 'down') return;
        cut(session);
        throw silence;
      });
    },
    onSecure: (socket, session, reply) => {
      holders.set(session, holderOf(socket));
      interceptData(session);
      reply();
    },
    onAuth: (auth, session, callback) => {
      const known = holder(session).addresses.includes(auth.username?.toLowerCase() ?? '');
      if (known && auth.password === password) callback(null, { user: auth.username });
      else callback(new SmtpRefusal({ code: 535, status: '5.7.8', text: 'Identifiants refusés' }));
    },
    onMailFrom: (from, session, reply) => {
      answer(reply, async () => {
        // Whoever sits on the way takes anything.
        if (stripped.has(session)) return;
        if (!session.secure) throw new SmtpRefusal({ code: 530, status: '5.7.0', text: 'STARTTLS est exigé' });
        if (!holder(session).addresses.includes(from.address.toLowerCase()))
          throw new SmtpRefusal({ code: 550, status: '5.7.1', text: 'Expéditeur étranger au certificat' });
        await meetFaults(session, 'MAIL', [], ['smtp']);
      });
    },
    onRcptTo: (to, session, reply) => {
      answer(reply, async () => {
        await meetFaults(session, 'RCPT', [to.address.toLowerCase()], ['smtp', 'down']);
        const refusal = operator.mailboxes.refusal(to.address, announcedSize(session));
        if (refusal) throw new SmtpRefusal(refusal);
      });
    },
    onData: (stream, session, reply) => {
      answer(reply, async () => {
        const envelope = envelopeOf(session);
        const raw = await bytesOf(stream);
        if (!raw) return;
        const recipients = envelope.recipients.map(({ address }) => address.toLowerCase());
        await meetFaults(session, 'dot', recipients, ['smtp', 'delay']);
        const limit = Math.min(...recipients.map((address) => operator.mailboxes.maxBytes(address)));
        if (raw.length > limit) throw new SmtpRefusal(tooBig(limit));
        const dropped = faults.take('mss', { recipients, certificateSubject: holder(session).subject }, [
          'commit-then-drop',
        ]);
        await operator.accept(raw, envelope);
        if (!dropped.effect) return;
        cut(session);
        throw silence;
      });
    },
  });
  // Failed handshakes and clients that went away: the client sees them, nothing is to be done here.
  server.on('error', () => undefined);

  /** The library answers 354 by itself: a refusal of DATA has to come before it. */
  function interceptData(session: SMTPServerSession): void {
    for (const connection of server.connections) {
      if (connection.session !== session) continue;
      const proceed = connection.handler_DATA.bind(connection);
      connection.handler_DATA = (command, callback) => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
        meetFaults(session, 'DATA', recipients, ['smtp']).then(
          () => proceed(command, callback),
          (error: unknown) => {
            if (!(error instanceof SmtpRefusal)) return;
            connection.send(error.responseCode, error.message);
            callback();
          },
        );
      };
    }
  }

  return server;
}

function answer(reply: Reply, work: () => Promise<void>): void {
  work().then(
    () => reply(),
    (error: unknown) => {
      if (error === silence) return;
      reply(
        error instanceof SmtpRefusal
          ? error
          : new SmtpRefusal({ code: 451, status: '4.3.0', text: 'Erreur interne du simulateur' }),
      );
    },
  );
}

function announcedSize({ envelope }: SMTPServerSession): number {
  const args = envelope.mailFrom ? envelope.mailFrom.args : false;
  return args ? Number(args['SIZE'] ?? 0) || 0 : 0;
}

function envelopeOf({ envelope, secure }: SMTPServerSession): Envelope {
  return {
    clear: !secure,
    sender: envelope.mailFrom ? envelope.mailFrom.address : '',
    ret: envelope.dsn?.ret ?? null,
    envid: envelope.dsn?.envid ?? null,
    bodyType: envelope.bodyType ?? '7bit',
    recipients: envelope.rcptTo.map(({ address, dsn }: SMTPServerAddress) => ({
      address,
      notify: dsn?.notify ?? null,
      orcpt: dsn?.orcpt ?? null,
    })),
  };
}

/** Null when the mail is larger than any that is taken: the library then refuses it by itself. */
async function bytesOf(stream: SMTPServerDataStream): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) if (!stream.sizeExceeded) chunks.push(chunk);
  return stream.sizeExceeded ? null : Buffer.concat(chunks);
}
