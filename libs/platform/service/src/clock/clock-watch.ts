import { PfiError } from '@pfi/health';
import type { Reading } from '@pfi/platform-postgres';
import { meter, type Logger } from '@pfi/platform-telemetry';
import {
  offsetOf,
  stateOf,
  type ClockLimits,
  type ClockOffset,
  type ClockSample,
  type ClockState,
} from './clock-offset.js';

/** Nothing may be signed or dated here for now; whoever asked gives its work back. */
export class ClockOff extends PfiError {
  constructor() {
    super(
      'CLOCK_OFF',
      'unavailable',
      'L’horloge de cette instance s’écarte trop de celle de la base de données : rien n’y est signé ni daté. Vérifiez la synchronisation (NTP) du serveur ; la reprise est automatique.',
    );
  }
}

export interface ClockWatchOptions {
  readonly database: Reading;
  readonly limits: ClockLimits;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Between two comparisons with PostgreSQL. Default 10 s. */
  readonly everyMs?: number;
  /** Between two looks for a jump, which ask nobody. Default 2 s. */
  readonly lookMs?: number;
  /** ms, as `Date.now` gives them. */
  readonly wall?: () => number;
}

const SAMPLES = 3;

const gauge = meter('pfi.clock').createObservableGauge('pfi_clock_offset_seconds', {
  description: 'How far the clock of this instance is ahead of PostgreSQL’s',
});

/**
 * Compares the clock of this process with PostgreSQL's, and tells whether anything may be dated by it. Between two comparisons
 * a jump is seen at once: the wall clock then moves against the monotonic one. Until the first comparison nothing may.
 */
export class ClockWatch {
  readonly #options: Required<ClockWatchOptions>;
  readonly #listeners: ((mayDate: boolean) => void)[] = [];
  #state: ClockState | undefined;
  #measured: (ClockOffset & { readonly wallAhead: number }) | undefined;
  #measuring: Promise<void> | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: ClockWatchOptions) {
    this.#options = { everyMs: 10_000, lookMs: 2_000, wall: () => Date.now(), ...options };
  }

  /** Resolves after the first comparison, made or failed. */
  async start(): Promise<void> {
    gauge.addCallback(this.#report);
    await this.measure();
    this.#timers = [
      setInterval(() => void this.measure(), this.#options.everyMs),
      setInterval(() => (this.#measured ? this.#look() : void this.measure()), this.#options.lookMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    gauge.removeCallback(this.#report);
    await this.#measuring;
  }

  /** Told of each change, at once. */
  onChange(listener: (mayDate: boolean) => void): void {
    this.#listeners.push(listener);
  }

  get mayDate(): boolean {
    this.#look();
    return this.#state === 'right' || this.#state === 'drifting';
  }

  /** Raises CLOCK_OFF. Before anything is signed, or dated for somebody else's judgement. */
  assertMayDate(): void {
    if (!this.mayDate) throw new ClockOff();
  }

  /** Compares now; a database that does not answer changes nothing. */
  measure(): Promise<void> {
    this.#measuring ??= this.#compare().finally(() => (this.#measuring = undefined));
    return this.#measuring;
  }

  async #compare(): Promise<void> {
    try {
      const samples: ClockSample[] = [];
      for (let number = 0; number < SAMPLES; number += 1) {
        const askedAt = this.#options.wall();
        const since = performance.now();
        const [row] = await this.#options.database.query<{ at: number }>(
          'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
        );
        if (row) samples.push({ askedAt, roundTripMs: performance.now() - since, serverAt: row.at });
      }
      const offset = offsetOf(samples);
      if (!offset) return;
      this.#measured = { ...offset, wallAhead: this.#wallAhead() };
      this.#judge(offset);
    } catch {
      // the pools say so themselves
    }
  }

  /** Only differences of it mean anything. */
  #wallAhead(): number {
    return this.#options.wall() - performance.now();
  }

  get #offset(): ClockOffset | undefined {
    const measured = this.#measured;
    return measured && { ...measured, offsetMs: measured.offsetMs + this.#wallAhead() - measured.wallAhead };
  }

  /** A jump counts before PostgreSQL confirms it, and is confirmed at once: a machine that slept looks the same. */
  #look(): void {
    const offset = this.#offset;
    if (offset && this.#judge(offset)) void this.measure();
  }

  /** True when the state changed. */
  #judge(offset: ClockOffset): boolean {
    const before = this.#state;
    const state = stateOf(offset, this.#options.limits) ?? before;
    if (state === undefined || state === before) return false;
    this.#state = state;
    this.#tell(state, Math.round(offset.offsetMs), before === undefined);
    if ((state === 'off') !== (before === 'off') || before === undefined)
      for (const listener of this.#listeners) listener(state !== 'off');
    return true;
  }

  #tell(state: ClockState, offsetMs: number, first: boolean): void {
    const { logger } = this.#options;
    if (state === 'off') logger.error({ code: 'CLOCK_OFF', offsetMs }, 'clock off, nothing is signed or dated here');
    else if (state === 'drifting') logger.warn({ code: 'CLOCK_DRIFTING', offsetMs }, 'clock drifting');
    else if (!first) logger.info({ offsetMs }, 'clock right again');
  }

  readonly #report = (result: { observe(value: number): void }): void => {
    const offset = this.#offset;
    if (offset) result.observe(offset.offsetMs / 1_000);
  };
}
