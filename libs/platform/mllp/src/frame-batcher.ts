import { withSpan } from '@pfi/platform-telemetry';
import type { MllpAnswer, MllpFrame } from './mllp.types.js';

export type FrameHandler = (frames: MllpFrame[]) => Promise<readonly MllpAnswer[]>;

export interface BatchLimits {
  readonly maxFrames: number;
  /** Of one batch, a frame alone excepted; beside twice as much, only light batches are begun. */
  readonly maxBytes: number;
  /** Batches handled at the same time; frames of one lane are never in two of them. */
  readonly maxBatches: number;
}

interface Waiting {
  readonly frame: MllpFrame;
  readonly wanted: () => boolean;
  readonly answer: (answer: MllpAnswer) => void;
  /** Monotonic, ms. */
  readonly since: number;
}

interface Lane {
  readonly name: string;
  readonly waiting: Waiting[];
  busy: boolean;
}

const LATELY_MS = 200;
/** What may be handled beside large frames. */
const LIGHT_BYTES = 1_000_000;
const CLOSE: MllpAnswer = { close: true };

/**
 * One batch of a lane is handled at a time; what arrives meanwhile is the next batch. So a lone message never waits, and under
 * load one transaction serves many messages, without any timer. Lanes do not wait for each other while there is room for a batch
 * more; else they share one.
 */
export class FrameBatcher {
  readonly #handle: FrameHandler;
  readonly #limits: BatchLimits;
  readonly #failed: (error: unknown, frames: number) => void;
  /** Those with something to do; the one whose turn is next comes first. */
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Set<Promise<void>>();
  #bytesInHand = 0;
  /** The longest wait of late, and when it ended. */
  #longest = { ms: 0, at: Number.NEGATIVE_INFINITY };
  #starting = false;
  #closed = false;

  constructor(handle: FrameHandler, limits: BatchLimits, failed: (error: unknown, frames: number) => void) {
    this.#handle = handle;
    this.#limits = limits;
    this.#failed = failed;
  }

  /**
   * Never rejects. `wanted` is asked before the frame is handled: a frame whose sender has gone is dropped, it will come again.
   * Frames of one lane are handled in the order in which they were submitted.
   */
  submit(frame: MllpFrame, wanted: () => boolean, name = ''): Promise<MllpAnswer> {
    if (this.#closed) return Promise.resolve(CLOSE);
    return new Promise((answer) => {
      const lane = this.#lanes.get(name) ?? { name, waiting: [], busy: false };
      this.#lanes.set(name, lane);
      lane.waiting.push({ frame, wanted, answer, since: performance.now() });
      this.#startSoon();
    });
  }

  /** How long frames waited for their batch of late (200 ms) at most, in milliseconds. */
  get waitingMs(): number {
    const now = performance.now();
    const waits = [...this.#lanes.values()].map(({ waiting }) => (waiting[0] ? now - waiting[0].since : 0));
    return Math.max(0, this.#longest.at + LATELY_MS > now ? this.#longest.ms : 0, ...waits);
  }

  /** Drops what no handler has seen, without any ack, and waits for the batches that run. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { waiting } of this.#lanes.values()) for (const { answer } of waiting.splice(0)) answer(CLOSE);
    await Promise.all(this.#running);
  }

  /** After one turn of the event loop, so that all sockets that are readable now join the first batch. */
  #startSoon(): void {
    if (this.#starting) return;
    this.#starting = true;
    setImmediate(() => {
      this.#starting = false;
      this.#start();
    });
  }

  #start(): void {
    for (let room = this.#limits.maxBatches - this.#running.size; room > 0; room -= 1) {
      const ready = [...this.#lanes.values()].filter(
        ({ busy, waiting: [first] }) => !busy && first && this.#fits(first),
      );
      if (ready.length === 0) return;
      const { lanes, batch } = this.#take(ready.slice(0, Math.ceil(ready.length / room)));
      const running = this.#run(lanes, batch).finally(() => {
        this.#running.delete(running);
        this.#startSoon();
      });
      this.#running.add(running);
    }
  }

  /** Handling a frame takes several times its size: few large ones at a time, and small ones meanwhile. */
  #fits({ frame }: Waiting): boolean {
    return this.#bytesInHand <= this.#limits.maxBytes || frame.bytes.length <= this.#roomOfBatch();
  }

  #roomOfBatch(): number {
    const { maxBytes } = this.#limits;
    return Math.min(maxBytes, Math.max(2 * maxBytes - this.#bytesInHand, LIGHT_BYTES));
  }

  async #run(lanes: readonly Lane[], batch: readonly Waiting[]): Promise<void> {
    for (const lane of lanes) lane.busy = true;
    const bytes = batch.reduce((sum, { frame }) => sum + frame.bytes.length, 0);
    this.#bytesInHand += bytes;
    const answers = batch.length > 0 ? await this.#answers(batch.map(({ frame }) => frame)) : [];
    this.#bytesInHand -= bytes;
    batch.forEach(({ answer }, index) => answer(answers[index] ?? CLOSE));
    for (const lane of lanes) {
      lane.busy = false;
      // Behind the lanes that wait for their turn.
      this.#lanes.delete(lane.name);
      if (lane.waiting.length > 0) this.#lanes.set(lane.name, lane);
    }
  }

  /** What is still wanted of the next frames of these lanes, in order, within the limits; a lane that had no turn keeps its place. */
  #take(lanes: readonly Lane[]): { readonly lanes: readonly Lane[]; readonly batch: readonly Waiting[] } {
    const room = this.#roomOfBatch();
    const hadTurn = new Set<Lane>();
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const lane of lanes) {
      if (lane.waiting[0]) this.#waited(lane.waiting[0]);
      for (let next = lane.waiting[0]; next; next = lane.waiting[0]) {
        if (next.wanted()) {
          bytes += next.frame.bytes.length;
          const full = batch.length === this.#limits.maxFrames || (batch.length > 0 && bytes > room);
          if (full) return { lanes: [...hadTurn], batch };
          batch.push(next);
        } else next.answer(CLOSE);
        lane.waiting.shift();
        hadTurn.add(lane);
      }
    }
    return { lanes: [...hadTurn], batch };
  }

  #waited({ since }: Waiting): void {
    const at = performance.now();
    if (at - since >= this.#longest.ms || this.#longest.at + LATELY_MS < at) this.#longest = { ms: at - since, at };
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
