import { statusOf, type SmtpAnswer, type SmtpStage } from '@pfi/mss-core';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { Handover } from './handover.js';
import type { SmtpChannelOptions } from './smtp-channel.js';

/** One mail, one recipient: what one says of it is the other's. */
export interface OutgoingMail {
  readonly deliveryId: string;
  readonly from: string;
  readonly to: string;
  /** 7-bit, lines ended by CRLF. */
  readonly bytes: Buffer;
}

interface LibraryError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** RFC 5321 §3.8: whoever answers so closes the connection. */
export const CLOSING = 421;
const stages: Readonly<Record<string, SmtpStage>> = { 'MAIL FROM': 'mail', 'RCPT TO': 'rcpt', DATA: 'data' };

/** Connects, secures, signs in. What failed is told as an answer; never raises, never goes on in clear text. */
export async function openSmtp(options: SmtpChannelOptions): Promise<SmtpSession | SmtpAnswer> {
  const { url, ca, access, delays } = options;
  const { protocol, hostname, port } = new URL(url);
  const connection = new SMTPConnection({
    host: hostname,
    port: port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: true,
    name: access.mailbox.address.slice(access.mailbox.address.lastIndexOf('@') + 1),
    connectionTimeout: delays.connectTimeout,
    greetingTimeout: delays.commandTimeout,
    // The deadlines of commands are ours; this one only catches what they do not.
    socketTimeout: delays.finalDotTimeout + delays.commandTimeout,
    tls: { cert: access.cert, key: access.key, minVersion: 'TLSv1.2', ...(ca ? { ca } : {}) },
    customAuth: {
      EXTERNAL: async ({ sendCommand }) => {
        const { response } = await sendCommand('AUTH EXTERNAL =');
        // The library's own reading of the code wants a text behind it, on one line.
        if (!/^235(?!\d)/.test(response)) throw new Error(response);
      },
    },
  });
  const session = new SmtpSession(connection, delays);
  try {
    await session.step('connect', (done) => connection.connect(done));
    const { smtpSignIn } = access.mailbox;
    const auth = { user: access.username, pass: access.password ?? '' };
    if (smtpSignIn === 'password') await session.step('sign-in', (done) => connection.login(auth, done));
    if (smtpSignIn === 'external')
      await session.step('sign-in', (done) => connection.login({ ...auth, method: 'EXTERNAL' }, done));
    return session;
  } catch (error) {
    session.cut();
    return failureOf(error as LibraryError & { stage: SmtpStage });
  }
}

/** An open connection to the operator. */
export class SmtpSession {
  mails = 0;
  #closed = false;
  readonly #onClosed: (() => void)[] = [];

  constructor(
    private readonly connection: SMTPConnection,
    private readonly delays: SmtpChannelOptions['delays'],
  ) {
    // Failures of an exchange come with its callback; those of an idle connection only make it unusable.
    connection.on('error', () => this.closed());
    connection.on('end', () => this.closed());
  }

  get usable(): boolean {
    return !this.#closed;
  }

  onClosed(listener: () => void): void {
    this.#onClosed.push(listener);
  }

  /** One command of the library within the command's time. Rejects with the library's error and the stage. */
  step(stage: SmtpStage, run: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        leave();
        reject(Object.assign(error, { stage }));
      };
      const ended = (): void => fail(Object.assign(new Error('connection closed'), { code: 'ECONNECTION' }));
      const timer = setTimeout(
        () => fail(Object.assign(new Error('no answer in time'), { originalCode: 'TIMEOUT' })),
        this.delays.connectTimeout + this.delays.commandTimeout,
      );
      const leave = (): void => {
        clearTimeout(timer);
        this.connection.off('error', fail).off('end', ended);
      };
      this.connection.once('error', fail).once('end', ended);
      run((error) => {
        leave();
        if (error) fail(error);
        else resolve();
      });
    });
  }

  /** Never raises. */
  send({ deliveryId, from, to, bytes }: OutgoingMail): Promise<SmtpAnswer> {
    this.mails += 1;
    return new Promise((resolve) => {
      const body = new Handover(bytes);
      const deadline = (ms: number): NodeJS.Timeout =>
        setTimeout(() => {
          this.cut();
          answer(Object.assign(new Error('no answer in time'), { originalCode: 'TIMEOUT' }));
        }, ms);
      let timer = deadline(this.delays.commandTimeout);
      body.once('end', () => {
        clearTimeout(timer);
        timer = deadline(this.delays.finalDotTimeout);
      });
      const answer = (error: LibraryError | null | undefined, response = ''): void => {
        clearTimeout(timer);
        const said = error ? answerOf(error, body) : acceptance(response);
        // After a refusal in the middle of the bytes, commands would be read as more of them.
        const inTheMiddle = body.begun && !body.whole;
        if (said.kind === 'reply' && said.code !== CLOSING && !inTheMiddle)
          return void this.reset().then(() => resolve(said));
        if (said.kind !== 'accepted' && said.kind !== 'too-large') this.cut();
        resolve(said);
      };
      this.connection.send(
        {
          from,
          to: [to],
          size: bytes.length,
          dsn: {
            id: deliveryId,
            return: 'headers',
            notify: ['success', 'failure', 'delay'],
            recipient: `rfc822;${to}`,
          },
        },
        body,
        (error, info) => answer(error, info?.response),
      );
    });
  }

  /** Ends the conversation as the protocol asks. */
  quit(): void {
    this.connection.quit();
  }

  cut(): void {
    this.connection.close();
    this.closed();
  }

  /** Forgets the envelope that was refused: the next mail would be refused in the middle of it. */
  private reset(): Promise<void> {
    return this.step('mail', (done) => this.connection.reset(done)).catch(() => this.cut());
  }

  private closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#onClosed.splice(0)) listener();
  }
}

function acceptance(response: string): SmtpAnswer {
  return { kind: 'accepted', code: Number(response.slice(0, 3)) || 250, status: statusOf(response.slice(4)) };
}

function answerOf(error: LibraryError, body: Handover): SmtpAnswer {
  const { responseCode, command = '', response = '', code } = error;
  if (responseCode) {
    const ended = body.begun ? (body.whole ? 'dot' : 'data') : 'mail';
    const stage = code === 'EMESSAGE' ? 'dot' : (stages[command] ?? ended);
    return reply(stage, responseCode, response);
  }
  if (code === 'EMESSAGE' && command === 'MAIL FROM') return { kind: 'too-large' };
  const said = codeOf(error);
  if (!body.begun) return { kind: 'not-taken', stage: 'mail', code: said };
  return body.whole ? { kind: 'unknown', code: said } : { kind: 'not-taken', stage: 'data', code: said };
}

function failureOf(error: LibraryError & { readonly stage: SmtpStage }): SmtpAnswer {
  const { responseCode, response = '', command, code } = error;
  // Without STARTTLS nothing goes on: the operator, or somebody on the way, does not offer it.
  if (command === 'STARTTLS') return { kind: 'not-taken', stage: 'tls', code: 'STARTTLS_UNAVAILABLE' };
  const stage = code === 'ETLS' ? 'tls' : error.stage;
  return responseCode ? reply(stage, responseCode, response) : { kind: 'not-taken', stage, code: codeOf(error) };
}

const reply = (stage: SmtpStage, code: number, response: string): SmtpAnswer => {
  const text = response.replace(/^\d{3}[ -]/, '').replace(/\r?\n\d{3}[ -]/g, ' ');
  return {
    kind: 'reply',
    stage,
    code,
    status: statusOf(text),
    text: text.replace(/^\s*[245]\.\d{1,3}\.\d{1,3}\s*/, ''),
  };
};

const ours: Readonly<Record<string, string>> = {
  ECONNECTION: 'CONNECTION_LOST',
  ESOCKET: 'CONNECTION_LOST',
  ETIMEDOUT: 'TIMEOUT',
  ETLS: 'TLS_FAILED',
  EAUTH: 'SIGN_IN_FAILED',
};

const codeOf = ({ originalCode, code = '' }: LibraryError): string =>
  originalCode ?? ours[code] ?? (code || 'CONNECTION_LOST');
