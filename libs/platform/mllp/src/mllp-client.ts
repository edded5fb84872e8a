import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { withSpan } from '@pfi/platform-telemetry';
import { FrameFault, FrameReader, wrapFrame } from './frame-reader.js';
import { MllpUnavailable } from './mllp-unavailable.js';
import type { MllpClientOptions } from './mllp.types.js';

interface Pending {
  readonly answered: (bytes: Buffer) => void;
  readonly failed: (error: MllpUnavailable) => void;
}

/** One kept connection to one receiver, one message in flight at a time; opens again by itself after a fault. */
export class MllpClient {
  readonly #options: Required<Omit<MllpClientOptions, 'tls'>> & Pick<MllpClientOptions, 'tls'>;
  #socket: Socket | undefined;
  #pending: Pending | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: MllpClientOptions) {
    this.#options = { connectTimeoutMs: 5_000, answerTimeoutMs: 60_000, maxFrameBytes: 1024 * 1024, ...options };
  }

  /**
   * Sends a message and resolves with the bytes of its answer, unchecked. Throws {@link MllpUnavailable}; after
   * `MLLP_ANSWER_TIMEOUT` and `MLLP_CONNECTION_LOST` the receiver may have taken the message: send the same one again.
   */
  send(message: Buffer): Promise<Buffer> {
    const attributes = { 'server.address': this.#options.host, 'server.port': this.#options.port } as const;
    const answer = this.#last.then(() =>
      withSpan('gateway mllp-send', { kind: 'client', attributes }, () => this.#exchange(message)),
    );
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #exchange(message: Buffer): Promise<Buffer> {
    if (this.#closed) throw new MllpUnavailable('MLLP_CLIENT_CLOSED');
    const socket = this.#socket ?? (await this.#open());
    return new Promise<Buffer>((resolve, reject) => {
      // A late answer must never be taken for the answer of the next message: the connection goes with it.
      const timer = setTimeout(() => this.#drop(socket, 'MLLP_ANSWER_TIMEOUT'), this.#options.answerTimeoutMs);
      const settle = <T>(then: (value: T) => void): ((value: T) => void) => {
        return (value) => {
          clearTimeout(timer);
          this.#pending = undefined;
          then(value);
        };
      };
      this.#pending = { answered: settle(resolve), failed: settle(reject) };
      socket.write(wrapFrame(message));
    });
  }

  #open(): Promise<Socket> {
    const { host, port, tls, connectTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = tls ? connectTls({ host, port, ...tls, minVersion: 'TLSv1.2' }) : connect({ host, port });
      const timer = setTimeout(() => socket.destroy(), connectTimeoutMs);
      let cause: unknown;
      socket.setNoDelay(true).setKeepAlive(true, 60_000);
      socket.on('error', (error) => (cause = error));
      socket.once('close', () => {
        clearTimeout(timer);
        reject(new MllpUnavailable('MLLP_CONNECT_FAILED', cause));
        this.#drop(socket, 'MLLP_CONNECTION_LOST', cause);
      });
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        this.#socket = socket;
        this.#readAnswers(socket);
        resolve(socket);
      });
    });
  }

  #readAnswers(socket: Socket): void {
    const reader = new FrameReader(this.#options.maxFrameBytes);
    socket.on('end', () => this.#drop(socket, 'MLLP_CONNECTION_LOST'));
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      try {
        const answer = reader.next();
        // Bytes that nobody waits for, or more than one answer: what comes next could not be matched.
        if (!this.#pending || (answer && reader.buffered > 0)) throw new FrameFault('MLLP_PROTOCOL');
        if (answer) this.#pending.answered(answer);
      } catch (error) {
        this.#drop(socket, 'MLLP_ANSWER_INVALID', error);
      }
    });
  }

  #drop(socket: Socket, code: MllpUnavailable['code'], cause?: unknown): void {
    socket.destroy();
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#pending?.failed(new MllpUnavailable(code, cause));
  }
}
