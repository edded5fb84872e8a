import type { Stack } from '../stack/stack.js';

/** One figure of one run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `/s`, `ms`, `MB`, `%`… */
  readonly unit: string;
  readonly floor?: Bound;
}

/** What a figure must not miss; told in the report, never a test. */
export type Bound = { readonly least: number } | { readonly most: number };

/** What a bench is given for one run. */
export interface BenchRun {
  readonly stack: Stack;
  readonly options: BenchOptions;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Options of the command line, by name: `--rows 100000`. */
export class BenchOptions {
  constructor(private readonly values: Readonly<Record<string, string | boolean | undefined>>) {}

  number(name: string, byDefault: number): number {
    const value = Number(this.values[name] ?? byDefault);
    if (!Number.isFinite(value)) throw new TypeError(`--${name} must be a number`);
    return value;
  }

  text(name: string, byDefault: string): string {
    const value = this.values[name];
    return typeof value === 'string' ? value : byDefault;
  }
}

export interface Bench {
  readonly name: string;
  /** One sentence: what is done, by whom, until when. */
  readonly what: string;
  /** Options that it reads beside those of all benches. */
  readonly options?: readonly string[];
  /** Settings of the stack that it needs. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Prepares the stack, once before the runs. */
  readonly prepare?: (run: BenchRun) => Promise<void>;
  readonly run: (run: BenchRun) => Promise<readonly Figure[]>;
}
