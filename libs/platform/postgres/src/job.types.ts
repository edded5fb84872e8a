import type { Tx } from './tx.js';

export type JobState = 'ready' | 'running' | 'done' | 'parked' | 'cancelled';

export interface NewJob {
  readonly owner: string;
  readonly queue: string;
  /** Unique by owner and queue, for ever: the same key again is no new job. */
  readonly key: string;
  readonly payload: unknown;
  /** Jobs of one owner, queue and ordering key run one at a time, in order of creation; a parked one holds the next back. */
  readonly orderingKey?: string;
  readonly runAt?: Date;
  readonly traceparent?: string;
}

/** A job as lists and screens read it. */
export interface JobRecord {
  readonly id: string;
  readonly owner: string;
  readonly queue: string;
  readonly key: string;
  readonly orderingKey: string | null;
  readonly payload: unknown;
  readonly state: JobState;
  readonly runAt: Date;
  readonly attempts: number;
  readonly lastCode: string | null;
  readonly lastTextFr: string | null;
  readonly traceparent: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** A job in the hands of a runner. */
export interface RunningJob<Payload = unknown> {
  readonly id: string;
  readonly owner: string;
  readonly queue: string;
  readonly key: string;
  readonly orderingKey: string | null;
  readonly payload: Payload;
  /** 1 on the first run; counts runs that ended by a crash, not those given back with `release`. */
  readonly attempts: number;
  readonly lastCode: string | null;
  readonly traceparent: string | null;
  readonly createdAt: Date;
  /** Aborted when the lease is lost or when the runner's stop deadline has passed. */
  readonly signal: AbortSignal;
  /** Fails with LEASE_LOST unless this run still holds the job; locks the row until `tx` ends. For effects of the handler. */
  assertHeld(tx: Tx): Promise<void>;
  /** Writes the outcome inside the handler's own transaction (fenced as `assertHeld`); the handler then returns the same outcome. */
  settle(tx: Tx, outcome: JobOutcome): Promise<void>;
}

export type JobOutcome =
  | { readonly kind: 'done'; readonly code?: string }
  | { readonly kind: 'retry'; readonly at: Date; readonly code: string; readonly textFr?: string }
  | { readonly kind: 'park'; readonly code: string; readonly textFr: string }
  /** Given back untouched (no slot, circuit open, stopping): the run does not count as an attempt. */
  | { readonly kind: 'release'; readonly at?: Date; readonly code?: string };

export const done = (code?: string): JobOutcome => (code === undefined ? { kind: 'done' } : { kind: 'done', code });
export const retryAt = (at: Date, code: string, textFr?: string): JobOutcome => ({
  kind: 'retry',
  at,
  code,
  ...(textFr === undefined ? {} : { textFr }),
});
export const park = (code: string, textFr: string): JobOutcome => ({ kind: 'park', code, textFr });
export const release = (at?: Date, code?: string): JobOutcome => ({
  kind: 'release',
  ...(at === undefined ? {} : { at }),
  ...(code === undefined ? {} : { code }),
});

export type JobHandler<Payload = unknown> = (job: RunningJob<Payload>) => Promise<JobOutcome>;
