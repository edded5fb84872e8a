import type { Bound, Figure } from './bench.js';

/** Times of answers, in milliseconds. */
export class Latencies {
  readonly #all: number[] = [];

  add(ms: number): void {
    this.#all.push(ms);
  }

  addAll(others: Latencies): void {
    for (const ms of others.#all) this.#all.push(ms);
  }

  get count(): number {
    return this.#all.length;
  }

  /** Nearest rank; 0 when there is none. */
  percentile(share: number): number {
    const sorted = this.#all.toSorted((a, b) => a - b);
    return sorted[Math.min(Math.ceil(share * sorted.length), sorted.length) - 1] ?? 0;
  }

  figures(name: string, bounds: { readonly p95?: Bound; readonly p99?: Bound } = {}): Figure[] {
    const one = (label: string, share: number, floor?: Bound): Figure => ({
      name: `${name} ${label}`,
      value: this.percentile(share),
      unit: 'ms',
      ...(floor ? { floor } : {}),
    });
    return [one('p50', 0.5), one('p95', 0.95, bounds.p95), one('p99', 0.99, bounds.p99)];
  }
}
