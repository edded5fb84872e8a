import { PfiError } from '@pfi/health';
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import type { MailboxAccess } from '../mailbox-access.js';
import { CertificateFlow } from './certificate-flow.js';

export interface ImapEndpoint {
  /** `imap://host:port`, STARTTLS demanded; `imaps://` for TLS from the start. */
  readonly url: string;
  /** PEM of the authorities that sign the operator's certificate; the system's own list when absent. */
  readonly ca?: string | undefined;
}

/** A mail as it lies in the mailbox. */
export interface FetchedMail {
  /** UID in the inbox. */
  readonly uid: number;
  /** bytes, as the server counts them */
  readonly size: number;
  /** The first bytes, at most as many as were asked. */
  readonly bytes: Buffer;
}

export type Folder = 'done' | 'review';

const CONNECT_MS = 10_000;
const SOCKET_MS = 60_000;

/** One signed-in connection to an applicative mailbox. */
export class ImapMailbox {
  #lost = false;
  /** Mail was announced since the last look. */
  #news = false;
  #arrived: (() => void) | undefined;

  private constructor(
    private readonly flow: ImapFlow,
    private readonly folders: Readonly<Record<Folder, string>>,
  ) {
    flow.on('exists', () => {
      this.#news = true;
      this.#arrived?.();
    });
    flow.on('close', () => this.lost());
    // Failures of a command come with the command.
    flow.on('error', () => this.lost());
  }

  /** Connects, secures, signs in, opens the inbox, makes its folders. Raises MAILBOX_UNAVAILABLE. */
  static async open(
    endpoint: ImapEndpoint,
    access: MailboxAccess,
    folders: Readonly<Record<Folder, string>>,
  ): Promise<ImapMailbox> {
    const flow = flowTo(endpoint, access);
    const mailbox = new ImapMailbox(flow, folders);
    return mailbox.attempt(async () => {
      await flow.connect();
      const existing = new Set((await flow.list()).map(({ path }) => path));
      for (const folder of Object.values(folders)) if (!existing.has(folder)) await flow.mailboxCreate(folder);
      await flow.mailboxOpen('INBOX');
      return mailbox;
    });
  }

  get usable(): boolean {
    return !this.#lost && this.flow.usable;
  }

  /**
   * The oldest mails of the inbox, `maxBytes` of each at most. Raises MAILBOX_UNAVAILABLE.
   */
  async fetch(limit: number, maxBytes: number): Promise<FetchedMail[]> {
    return this.attempt(async () => {
      this.#news = false;
      // Asked anew each time: a count that the connection keeps may miss what came while mails were moved.
      const uids = (await this.flow.search({ all: true }, { uid: true })) || [];
      if (uids.length === 0) return [];
      const oldest = uids.toSorted((a, b) => a - b).slice(0, limit);
      const query = { uid: true, size: true, source: { start: 0, maxLength: maxBytes } };
      const mails = await this.flow.fetchAll(oldest.join(','), query, { uid: true });
      return mails.map(({ uid, size = 0, source }) => ({ uid, size, bytes: source ?? Buffer.alloc(0) }));
    });
  }

  /** Out of the inbox. Raises MAILBOX_UNAVAILABLE. */
  async move(uids: readonly number[], to: Folder): Promise<void> {
    if (uids.length === 0) return;
    await this.attempt(async () => {
      const moved = await this.flow.messageMove(uids.join(','), this.folders[to], { uid: true });
      if (moved === false) throw new Error('the server did not move the mails');
    });
  }

  /** Until mail is announced, the time is over, the connection is lost, or `signal`. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.usable || this.#news || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#arrived = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
      this.#arrived = end;
      // Ends by itself at the next command.
      void this.flow.idle().catch(() => this.lost());
    });
  }

  close(): void {
    this.flow.close();
    this.lost();
  }

  private lost(): void {
    this.#lost = true;
    this.#arrived?.();
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      this.close();
      throw new PfiError(
        'MAILBOX_UNAVAILABLE',
        'unavailable',
        'La boîte aux lettres applicative ne répond pas ou refuse la connexion : vérifier la liaison, le certificat et le compte. La reprise est automatique.',
        { cause },
      );
    }
  }
}

function flowTo({ url, ca }: ImapEndpoint, access: MailboxAccess): ImapFlow {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'imaps:';
  const options: ImapFlowOptions = {
    host: hostname,
    port: port === '' ? (secure ? 993 : 143) : Number(port),
    secure,
    ...(secure ? {} : { doSTARTTLS: true }),
    tls: { cert: access.cert, key: access.key, minVersion: 'TLSv1.2', ...(ca ? { ca } : {}) },
    auth: { user: access.username, ...(access.password === null ? {} : { pass: access.password }) },
    // What it would log holds addresses and subjects.
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SOCKET_MS,
  };
  return access.mailbox.imapSignIn === 'external' ? new CertificateFlow(options) : new ImapFlow(options);
}
