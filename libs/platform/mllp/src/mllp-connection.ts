import type { Socket } from 'node:net';
import { FrameFault, FrameReader, wrapFrame } from './frame-reader.js';
import type { Reader, ReadBudget } from './read-budget.js';
import type { MllpAnswer, MllpFaultCode } from './mllp.types.js';

const KEPT_BYTES = 64 * 1024;
const LINGER_MS = 2_000;

export interface ConnectionLimits {
  readonly maxFrameBytes: number;
  readonly frameTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

export interface ConnectionEvents {
  /** Never rejects. */
  readonly frame: (bytes: Buffer, wanted: () => boolean) => Promise<MllpAnswer>;
  readonly fault: (code: MllpFaultCode, bytes: Buffer, size: number) => void;
  readonly closed: () => void;
}

/** One peer. One frame at a time: the socket is not read while a frame waits for its answer. */
export class MllpConnection implements Reader {
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #budget: ReadBudget;
  readonly #events: ConnectionEvents;
  readonly #reader: FrameReader;
  #frameTimer: NodeJS.Timeout | undefined;
  #inFlightBytes: number | undefined;
  #peerEnded = false;
  #closing = false;

  constructor(socket: Socket, limits: ConnectionLimits, budget: ReadBudget, events: ConnectionEvents) {
    this.#socket = socket;
    this.#limits = limits;
    this.#budget = budget;
    this.#events = events;
    this.#reader = new FrameReader(limits.maxFrameBytes);
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    if (limits.idleTimeoutMs > 0) socket.setTimeout(limits.idleTimeoutMs, () => this.#idle());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
    socket.on('end', () => {
      this.#peerEnded = true;
      this.#advance();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#advance();
    });
  }

  resumeReading(): void {
    if (this.#inFlightBytes === undefined) this.#advance();
  }

  /** Ends after the answer of the frame that a handler has, else now; what was not handed over is dropped. */
  close(): void {
    this.#closing = true;
    if (this.#inFlightBytes === undefined) this.#end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #advance(): void {
    if (this.#inFlightBytes !== undefined || this.#closing || this.#socket.destroyed) return;
    let frame: Buffer | undefined;
    try {
      frame = this.#reader.next();
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      return this.#refuse(error.code);
    }
    if (frame) void this.#deliver(frame);
    else this.#readOn();
  }

  #readOn(): void {
    this.#budget.hold(this, this.#reader.buffered);
    if (this.#peerEnded) return this.#end();
    if (!this.#budget.admit(this)) {
      // The wait is ours, not the peer's: it must not run into the frame timeout.
      this.#stopFrameTimer();
      this.#socket.pause();
      return;
    }
    if (this.#reader.inFrame) {
      this.#frameTimer ??= setTimeout(() => this.#refuse('MLLP_FRAME_TIMEOUT'), this.#limits.frameTimeoutMs);
    }
    this.#socket.resume();
  }

  async #deliver(frame: Buffer): Promise<void> {
    this.#stopFrameTimer();
    this.#socket.pause();
    this.#inFlightBytes = frame.length;
    this.#budget.hold(this, frame.length + this.#reader.buffered);
    const answer = await this.#events.frame(frame, () => !this.#socket.destroyed && !this.#closing);
    if (this.#socket.destroyed) return;
    if ('close' in answer) {
      this.#socket.destroy();
      return;
    }
    const flushed = this.#socket.write(wrapFrame(answer.ack));
    if (!flushed) await this.#drained();
    this.#inFlightBytes = undefined;
    if (this.#closing) this.#end();
    else this.#advance();
  }

  /** A sender that does not read its acks gets no further message in; it is cut after the frame timeout. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), this.#limits.frameTimeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#socket.once('drain', done);
      this.#socket.once('close', done);
    });
  }

  #idle(): void {
    if (this.#inFlightBytes === undefined && !this.#reader.inFrame) this.#end();
  }

  #refuse(code: MllpFaultCode): void {
    this.#events.fault(code, this.#reader.head(KEPT_BYTES), this.#reader.buffered);
    this.#socket.destroy();
  }

  #end(): void {
    this.#stopFrameTimer();
    if (this.#socket.destroyed) return;
    this.#closing = true;
    this.#socket.end();
    // Without reading, the peer's own end would never be seen; what it still sends is thrown away.
    this.#socket.removeAllListeners('data').resume();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #closed(): void {
    this.#stopFrameTimer();
    this.#budget.forget(this);
    this.#events.closed();
  }

  #stopFrameTimer(): void {
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
  }
}
