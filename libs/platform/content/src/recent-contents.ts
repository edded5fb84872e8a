import { contentKey, type ContentName } from './content-store.js';

interface Recent {
  readonly bytes: Buffer;
  /** Monotonic, ms. */
  readonly until: number;
}

/** Contents that this process stored a moment ago, when somebody will most likely ask for them. The oldest go first. */
export class RecentContents {
  readonly #kept = new Map<string, Recent>();
  #size = 0;

  /** @param limits most bytes in all, and of one content; how long each is kept, in milliseconds */
  constructor(private readonly limits: { readonly bytes: number; readonly each: number; readonly keepMs: number }) {}

  keep(name: ContentName, bytes: Buffer): void {
    if (bytes.length > this.limits.each) return;
    const key = contentKey(name);
    const now = performance.now();
    this.#forget(key);
    this.#kept.set(key, { bytes, until: now + this.limits.keepMs });
    this.#size += sizeOf(bytes);
    for (const [oldest, { until }] of this.#kept) {
      if (this.#size <= this.limits.bytes && until > now) break;
      this.#forget(oldest);
    }
  }

  get(name: ContentName): Buffer | undefined {
    const kept = this.#kept.get(contentKey(name));
    return kept && kept.until > performance.now() ? kept.bytes : undefined;
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#size -= sizeOf(kept.bytes);
  }
}

/** What is kept alive: a slice keeps the whole that it was cut from. */
const sizeOf = (bytes: Buffer): number => bytes.buffer.byteLength;
