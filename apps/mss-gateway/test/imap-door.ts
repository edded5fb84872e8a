import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { ImapFlow } from 'imapflow';
import type { PemPair } from '@pfi/platform-testing';

const { TEST_GREENMAIL_PORT } = process.env;

/** Port of the real store behind the door. */
export function storePort(): number {
  if (!TEST_GREENMAIL_PORT) throw new Error('TEST_GREENMAIL_PORT is not set');
  return Number(TEST_GREENMAIL_PORT);
}

export interface ImapDoorOptions {
  readonly server: PemPair;
  readonly clientAuthority: string;
  /** The mailbox that SASL EXTERNAL opens; the store itself knows only names and passwords. */
  readonly address: string;
}

/** TLS with a client certificate before a real IMAP store, as operators demand it; cuts on demand. */
export class ImapDoor {
  /** Subjects of the certificates that came, one a connection. */
  readonly clients: string[] = [];
  mostAtOnce = 0;
  /** The next command that fits does not reach the store: the connection is cut. */
  cutAt: RegExp | undefined;
  readonly #open = new Set<TLSSocket>();
  readonly #server: Server;

  private constructor(private readonly options: ImapDoorOptions) {
    const { server, clientAuthority } = options;
    this.#server = createServer(
      { cert: server.cert, key: server.key, ca: clientAuthority, requestCert: true, rejectUnauthorized: true },
      (socket) => this.serve(socket),
    );
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  static async open(options: ImapDoorOptions): Promise<ImapDoor> {
    const door = new ImapDoor(options);
    await new Promise<void>((resolve) => door.#server.listen(0, '127.0.0.1', resolve));
    return door;
  }

  get url(): string {
    return `imaps://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  private serve(socket: TLSSocket): void {
    this.clients.push(socket.getPeerX509Certificate()?.subject ?? '');
    this.#open.add(socket);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open.size);
    const store: Socket = connect(storePort(), '127.0.0.1');
    const end = (): void => {
      this.#open.delete(socket);
      socket.destroy();
      store.destroy();
    };
    for (const side of [socket, store]) side.on('error', end).on('close', end);
    store.pipe(socket);
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (this.cutAt?.test(text)) {
        this.cutAt = undefined;
        return end();
      }
      const external = /^(\S+) AUTHENTICATE EXTERNAL =\r\n$/i.exec(text);
      store.write(external ? `${external[1]} LOGIN "${this.options.address}" "x"\r\n` : chunk);
    });
  }
}

/** Someone else's hand in a mailbox: puts mails in, and looks. */
export class MailboxHand {
  private constructor(private readonly flow: ImapFlow) {}

  static async open(address: string): Promise<MailboxHand> {
    const flow = new ImapFlow({
      ...{ host: '127.0.0.1', port: storePort(), secure: false, doSTARTTLS: false, logger: false },
      auth: { user: address, pass: 'x' },
    });
    flow.on('error', () => undefined);
    await flow.connect();
    return new MailboxHand(flow);
  }

  async put(...mails: readonly Buffer[]): Promise<void> {
    for (const mail of mails) await this.flow.append('INBOX', mail);
  }

  /** Mails in each folder that exists. */
  async counts(): Promise<Record<string, number>> {
    const folders = await this.flow.list();
    const counted = await Promise.all(
      folders.map(async ({ path }) => {
        const status = await this.flow.status(path, { messages: true });
        return [path, status ? (status.messages ?? 0) : 0] as const;
      }),
    );
    return Object.fromEntries(counted);
  }

  close(): void {
    this.flow.close();
  }
}
