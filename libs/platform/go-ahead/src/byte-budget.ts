interface Waiting {
  readonly bytes: number;
  readonly admit: (held: Disposable) => void;
}

/**
 * Bounds the bytes that are in hand together; what is larger than the bound has it alone. Who waits longest comes first, so that
 * small ones never keep a large one waiting for ever.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves once there is room; what it resolves to gives the room back. Rejects with the signal's reason. */
  take(bytes: number, signal: AbortSignal): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(one), 1);
        reject(signal.reason as Error);
        this.#admit();
      };
      const one: Waiting = {
        bytes: Math.min(bytes, this.#limit),
        admit: (held) => {
          signal.removeEventListener('abort', leave);
          resolve(held);
        },
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(one);
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#used + next.bytes <= this.#limit; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.bytes;
      next.admit(this.#held(next.bytes));
    }
  }

  #held(bytes: number): Disposable {
    let held = bytes;
    return {
      [Symbol.dispose]: () => {
        this.#used -= held;
        held = 0;
        this.#admit();
      },
    };
  }
}
