/** One connection, as the budget sees it. */
export interface Reader {
  /** Called when a reader that was not admitted may read again. */
  resumeReading(): void;
}

/** What a connection may hold whatever the others do: most messages are smaller, and must not wait for large ones. */
const SMALL_BYTES = 64 * 1024;

/**
 * Bounds the bytes that all connections hold together. Above the limit one connection with a large unfinished frame goes on
 * reading, so that some frame always completes and frees its memory, and those that hold little: the worst case is the limit, one frame
 * and a little for each connection.
 */
export class ReadBudget {
  readonly #limit: number;
  readonly #held = new Map<Reader, number>();
  readonly #waiting = new Set<Reader>();
  #used = 0;
  #favoured: Reader | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Says how many bytes a connection holds now. */
  hold(reader: Reader, bytes: number): void {
    this.#used += bytes - (this.#held.get(reader) ?? 0);
    if (bytes === 0) this.#held.delete(reader);
    else this.#held.set(reader, bytes);
    if (bytes === 0 && this.#favoured === reader) this.#favoured = undefined;
    this.#wake();
  }

  /** May this connection read on? If not, it is called when it may. */
  admit(reader: Reader): boolean {
    if (this.#used <= this.#limit || (this.#held.get(reader) ?? 0) <= SMALL_BYTES) return true;
    if (this.#held.has(reader)) this.#favoured ??= reader;
    if (this.#favoured === reader) return true;
    this.#waiting.add(reader);
    return false;
  }

  forget(reader: Reader): void {
    this.#waiting.delete(reader);
    this.hold(reader, 0);
  }

  #wake(): void {
    if (this.#used <= this.#limit) {
      const woken = [...this.#waiting];
      this.#waiting.clear();
      for (const reader of woken) reader.resumeReading();
      return;
    }
    if (this.#favoured) return;
    const next = [...this.#waiting].find((reader) => this.#held.has(reader));
    if (!next) return;
    this.#waiting.delete(next);
    this.#favoured = next;
    next.resumeReading();
  }
}
