import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { PemPair } from '@pfi/platform-testing';

/** Where a behaviour takes hold: the command, the middle of the bytes, or the final dot. */
export type Stage = 'connect' | 'mail' | 'rcpt' | 'data' | 'bytes' | 'dot';

/** What the double does once at a stage, instead of going on. */
export type Behaviour =
  | { readonly at: Exclude<Stage, 'bytes'>; readonly reply: readonly [code: number, text: string] }
  /** The connection is cut. At the dot, `keeps` tells whether the mail was taken before. */
  | { readonly at: Stage; readonly drop: true; readonly keeps?: boolean }
  /** Nothing is answered any more. */
  | { readonly at: Stage; readonly hang: true; readonly keeps?: boolean };

/** A mail as it came. */
export interface TakenMail {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly envid: string | null;
  readonly ret: string | null;
  readonly notify: readonly string[];
  readonly orcpt: string | null;
  /** bytes, as MAIL announced them */
  readonly announced: number;
  readonly raw: Buffer;
  /** Subject of the client's certificate. */
  readonly client: string;
  /** The connection that it came by, from 1. */
  readonly connection: number;
}

export interface OperatorOptions {
  readonly server: PemPair;
  readonly clientAuthority: string;
  readonly port?: number;
  /** STARTTLS is neither offered nor known, as somebody on the way would have it. */
  readonly stripped?: boolean;
  /** bytes, announced */
  readonly size?: number;
  /** Refused at RCPT (550 5.1.1). */
  readonly unknown?: readonly string[];
  /** What is answered to AUTH EXTERNAL, by which everybody must sign in. */
  readonly external?: readonly [code: number, ...lines: string[]];
  /** User and password of AUTH PLAIN; nobody may send without. */
  readonly account?: { readonly user: string; readonly password: string };
}

type Reply = (error?: Error | null) => void;

/** An MSSanté operator of the test's own: STARTTLS, a client certificate, DSN, and answers on demand. */
export class MailOperatorDouble {
  /** Mails that were taken, whatever was answered. */
  readonly mails: TakenMail[] = [];
  /** What the next exchanges meet, each once, by stage. */
  readonly next: Behaviour[] = [];
  /** MAIL or AUTH in clear text: none is expected, ever. */
  readonly inClear: string[] = [];
  /** Envelopes that were begun. */
  envelopes = 0;
  connections = 0;
  /** Before the answer to a final dot, ms. */
  delayMs = 0;
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #numbers = new WeakMap<SMTPServerSession, number>();
  readonly #clients = new WeakMap<SMTPServerSession, string>();
  readonly #server: SMTPServer;

  private constructor(options: OperatorOptions) {
    const { server, clientAuthority, stripped = false, size = 30_000_000, unknown = [], account, external } = options;
    this.#server = new SMTPServer({
      name: 'operateur-double.mssante.fr',
      cert: server.cert,
      key: server.key,
      ca: clientAuthority,
      requestCert: true,
      rejectUnauthorized: true,
      ...(stripped ? { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] } : {}),
      size,
      hideDSN: false,
      hideENHANCEDSTATUSCODES: true,
      authOptional: account === undefined && external === undefined,
      disableReverseLookup: true,
      closeTimeout: 50,
      logger: false,
      onConnect: (session, reply) => {
        this.connections += 1;
        this.#numbers.set(session, this.connections);
        this.meet('connect', session, reply);
      },
      onSecure: (socket, session, reply) => {
        this.#clients.set(session, (socket as TLSSocket).getPeerX509Certificate()?.subject ?? '');
        this.interceptData(session);
        if (external) this.interceptExternal(session, external);
        reply();
      },
      onAuth: (auth, session, callback) => {
        if (!session.secure) this.inClear.push('AUTH');
        const known = auth.username === account?.user && auth.password === account?.password;
        if (known) callback(null, { user: auth.username });
        else callback(replied(535, '5.7.8 refused'));
      },
      onMailFrom: (_address, session, reply) => {
        this.envelopes += 1;
        if (!session.secure) this.inClear.push('MAIL');
        this.meet('mail', session, reply);
      },
      onRcptTo: ({ address }, session, reply) => {
        if (unknown.includes(address)) reply(replied(550, '5.1.1 unknown mailbox'));
        else this.meet('rcpt', session, reply);
      },
      onData: (stream, session, reply) => void this.take(stream, session, reply),
    });
    // Failed handshakes and cut connections: the client's to see.
    this.#server.on('error', () => undefined);
  }

  static async start(options: OperatorOptions): Promise<MailOperatorDouble> {
    const double = new MailOperatorDouble(options);
    await new Promise<void>((resolve, reject) => {
      double.#server.once('error', reject);
      double.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return double;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Mails of one delivery, oldest first. */
  of({ deliveryId }: { readonly deliveryId: string }): TakenMail[] {
    return this.mails.filter(({ envid }) => envid === deliveryId);
  }

  /** Every open connection is closed from this side, politely (421) or not. */
  hangUp(polite = false): void {
    for (const connection of this.#server.connections)
      if (polite) {
        connection.send(421, '4.4.2 idle for too long');
        connection.close();
      } else connection._socket.destroy();
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.hangUp();
    });
  }

  private meet(at: Stage, session: SMTPServerSession, reply: Reply): void {
    const behaviour = this.behaviourAt(at);
    if (!behaviour) reply();
    else if ('reply' in behaviour) reply(replied(...behaviour.reply));
    else if ('drop' in behaviour) this.cut(session);
  }

  private behaviourAt(at: Stage): Behaviour | undefined {
    const index = this.next.findIndex((behaviour) => behaviour.at === at);
    return index < 0 ? undefined : this.next.splice(index, 1)[0];
  }

  private async take(stream: SMTPServerDataStream, session: SMTPServerSession, reply: Reply): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      const inTheMiddle = this.behaviourAt('bytes');
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        if (inTheMiddle && 'drop' in inTheMiddle) return this.cut(session);
        if (inTheMiddle) return;
      }
    } catch {
      return;
    }
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    if (this.delayMs > 0) await new Promise((resume) => setTimeout(resume, this.delayMs));
    this.#atOnce -= 1;
    const behaviour = this.behaviourAt('dot');
    const taken = behaviour === undefined || ('keeps' in behaviour && behaviour.keeps === true);
    if (taken) this.mails.push(this.mailOf(session, Buffer.concat(chunks)));
    if (!behaviour) reply();
    else if ('reply' in behaviour) reply(replied(...behaviour.reply));
    else if ('drop' in behaviour) this.cut(session);
  }

  private mailOf(session: SMTPServerSession, raw: Buffer): TakenMail {
    const { mailFrom, rcptTo, dsn } = session.envelope;
    const [recipient] = rcptTo;
    return {
      at: Date.now(),
      from: mailFrom ? mailFrom.address : '',
      to: rcptTo.map(({ address }) => address).join(),
      envid: dsn?.envid ?? null,
      ret: dsn?.ret ?? null,
      notify: recipient?.dsn?.notify ?? [],
      orcpt: recipient?.dsn?.orcpt ?? null,
      announced: Number((mailFrom && mailFrom.args && mailFrom.args['SIZE']) || 0),
      raw,
      client: this.#clients.get(session) ?? '',
      connection: this.#numbers.get(session) ?? 0,
    };
  }

  private cut(session: SMTPServerSession): void {
    for (const connection of this.#server.connections) if (connection.session === session) connection._socket.destroy();
  }

  /** The library knows no EXTERNAL. */
  private interceptExternal(session: SMTPServerSession, [code, ...lines]: readonly [number, ...string[]]): void {
    for (const connection of this.#server.connections) {
      if (connection.session !== session) continue;
      connection.handler_AUTH = (command, callback) => {
        const asked = String(command).trim() === 'AUTH EXTERNAL =';
        if (asked && code === 235) session.user = 'certificate';
        connection.send(asked ? code : 504, lines);
        callback();
      };
    }
  }

  /** The library answers 354 by itself: what DATA meets has to come before. */
  private interceptData(session: SMTPServerSession): void {
    for (const connection of this.#server.connections) {
      if (connection.session !== session) continue;
      const proceed = connection.handler_DATA.bind(connection);
      connection.handler_DATA = (command, callback) =>
        this.meet('data', session, (error) => {
          if (!error) return proceed(command, callback);
          connection.send((error as Error & { responseCode: number }).responseCode, error.message);
          callback();
        });
    }
  }
}

const replied = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });
