/** What may come whatever else is under way: most deposits are smaller, and must not wait for large ones. */
const SMALL_BYTES = 256 * 1024;

/**
 * Bounds the bodies that are in memory at the same time. Beyond the limit only small ones come in; a body alone comes in whatever
 * its size.
 */
export class DepositRoom {
  #used = 0;

  /** @param limit bytes of all bodies under way */
  constructor(private readonly limit: number) {}

  /** @returns how to leave again, or undefined when there is no room */
  enter(bytes: number): (() => void) | undefined {
    if (this.#used > 0 && bytes > SMALL_BYTES && this.#used + bytes > this.limit) return undefined;
    this.#used += bytes;
    let inside = true;
    return () => {
      if (inside) this.#used -= bytes;
      inside = false;
    };
  }
}
