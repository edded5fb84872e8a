import { withSpan } from '@pfi/platform-telemetry';
import type { MllpAnswer, MllpFrame } from './mllp.types.js';

export type FrameHandler = (frames: MllpFrame[]) => Promise<readonly MllpAnswer[]>;

export interface BatchLimits {
  readonly maxFrames: number;
  readonly maxBytes: number;
}

interface Waiting {
  readonly frame: MllpFrame;
  readonly wanted: () => boolean;
  readonly answer: (answer: MllpAnswer) => void;
}

const CLOSE: MllpAnswer = { close: true };

/**
 * One batch is handled at a time; what arrives meanwhile is the next batch. So a lone message never waits, and under load one
 * transaction serves many messages, without any timer.
 */
export class FrameBatcher {
  readonly #handle: FrameHandler;
  readonly #limits: BatchLimits;
  readonly #failed: (error: unknown, frames: number) => void;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(handle: FrameHandler, limits: BatchLimits, failed: (error: unknown, frames: number) => void) {
    this.#handle = handle;
    this.#limits = limits;
    this.#failed = failed;
  }

  /** Never rejects. `wanted` is asked before the frame is handled: a frame whose sender has gone is dropped, it will come again. */
  submit(frame: MllpFrame, wanted: () => boolean): Promise<MllpAnswer> {
    if (this.#closed) return Promise.resolve(CLOSE);
    return new Promise((answer) => {
      this.#waiting.push({ frame, wanted, answer });
      this.#running ??= this.#run();
    });
  }

  /** Drops what no handler has seen, without any ack, and waits for the batch that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { answer } of this.#waiting.splice(0)) answer(CLOSE);
    await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the event loop, so that all sockets that are readable now join the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      const answers = await this.#answers(batch.map(({ frame }) => frame));
      batch.forEach(({ answer }, index) => answer(answers[index] ?? CLOSE));
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = undefined;
  }

  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      bytes += frame.bytes.length;
      if (count === this.#limits.maxFrames || (count > 0 && bytes > this.#limits.maxBytes)) break;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    const wanted = taken.filter((waiting) => waiting.wanted());
    for (const waiting of taken) if (!wanted.includes(waiting)) waiting.answer(CLOSE);
    return wanted.length === 0 && this.#waiting.length > 0 ? this.#take() : wanted;
  }

  async #answers(frames: MllpFrame[]): Promise<readonly MllpAnswer[]> {
    const [first, ...others] = frames.map(({ traceparent }) => traceparent);
    const options = { traceparent: first, links: others, attributes: { 'pfi.batch.size': frames.length } };
    try {
      const answers = await withSpan('consumer mllp-batch', options, () => this.#handle(frames));
      if (!Array.isArray(answers) || answers.length !== frames.length) {
        throw new TypeError('an MLLP handler returns one answer for each frame');
      }
      return answers;
    } catch (error) {
      this.#failed(error, frames.length);
      return frames.map(() => CLOSE);
    }
  }
}
