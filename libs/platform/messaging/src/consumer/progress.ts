import type { Applied } from './event-applier.js';

export interface ConsumerProgress {
  readonly running: boolean;
  /** The last batch could not reach the database; its partition waits and tries again. */
  readonly postponed: boolean;
  /** Milliseconds since the last finished batch, try, or proof that nothing was left to do. */
  readonly idleMs: number;
  readonly applied: number;
  readonly duplicates: number;
  readonly parked: number;
  readonly waiting: number;
}

export class ProgressCounter {
  running = false;
  postponed = false;
  #at = performance.now();
  #applied = 0;
  #duplicates = 0;
  #parked = 0;
  #waiting = 0;

  touch(): void {
    this.#at = performance.now();
  }

  add(batch: Applied): void {
    this.#applied += batch.applied;
    this.#duplicates += batch.duplicates;
    this.#parked += batch.parked;
    this.#waiting += batch.waiting;
  }

  get snapshot(): ConsumerProgress {
    return {
      running: this.running,
      postponed: this.postponed,
      idleMs: Math.round(performance.now() - this.#at),
      applied: this.#applied,
      duplicates: this.#duplicates,
      parked: this.#parked,
      waiting: this.#waiting,
    };
  }
}
