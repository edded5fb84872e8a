import { PfiError } from '@pfi/health';
import type { JobRecord, JobState, NewJob } from './job.types.js';
import type { Tx } from './tx.js';

const insertJobs = `INSERT INTO job (id, owner, queue, key, ordering_key, payload, run_at, traceparent)
SELECT gen_random_uuid(), n.owner, n.queue, n.key, n.ordering_key, n.payload, coalesce(n.run_at, now()), n.traceparent
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[])
  WITH ORDINALITY AS n (owner, queue, key, ordering_key, payload, run_at, traceparent, place)
ORDER BY n.place
ON CONFLICT (owner, queue, key) DO NOTHING`;

const columns = `id, owner, queue, key, ordering_key AS "orderingKey", payload, state, run_at AS "runAt", attempts,
  last_code AS "lastCode", last_text_fr AS "lastTextFr", traceparent, created_at AS "createdAt", finished_at AS "finishedAt"`;

/** Jobs as business code sees them: always inside the caller's transaction, under its scopes. */
export class JobQueue {
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Inserts the jobs whose key is new; returns how many were. Wakes the runners of this process after the commit. */
  async enqueue(tx: Tx, jobs: readonly NewJob[]): Promise<number> {
    if (jobs.length === 0) return 0;
    const inserted = await tx.execute(insertJobs, [
      jobs.map((job) => job.owner),
      jobs.map((job) => job.queue),
      jobs.map((job) => job.key),
      jobs.map((job) => job.orderingKey ?? null),
      jobs.map((job) => JSON.stringify(job.payload)),
      jobs.map((job) => job.runAt ?? null),
      jobs.map((job) => job.traceparent ?? null),
    ]);
    if (inserted > 0) for (const queue of new Set(jobs.map((job) => job.queue))) this.wakeAfter(tx, queue);
    return inserted;
  }

  /** Cancels a job that is not running and not done; false when it is too late, or unknown. */
  async cancel(tx: Tx, owner: string, queue: string, key: string, code = 'CANCELLED'): Promise<boolean> {
    const cancelled = await tx.execute(
      `UPDATE job SET state = 'cancelled', last_code = $4, finished_at = now()
       WHERE owner = $1 AND queue = $2 AND key = $3 AND state IN ('ready', 'parked')`,
      [owner, queue, key, code],
    );
    // its successor in the same order may now run
    if (cancelled > 0) this.wakeAfter(tx, queue);
    return cancelled > 0;
  }

  /** Makes a parked job ready again, with its key, its order and its count of attempts; false when it is not parked. */
  async replay(tx: Tx, owner: string, queue: string, key: string): Promise<boolean> {
    const replayed = await tx.execute(
      `UPDATE job SET state = 'ready', run_at = now(), finished_at = NULL
       WHERE owner = $1 AND queue = $2 AND key = $3 AND state = 'parked'`,
      [owner, queue, key],
    );
    if (replayed > 0) this.wakeAfter(tx, queue);
    return replayed > 0;
  }

  /** Brings a waiting job forward (or back) to `at`; false when it is not ready. */
  async reschedule(tx: Tx, owner: string, queue: string, key: string, at: Date): Promise<boolean> {
    const moved = await tx.execute(
      `UPDATE job SET run_at = $4 WHERE owner = $1 AND queue = $2 AND key = $3 AND state = 'ready'`,
      [owner, queue, key, at],
    );
    if (moved > 0) this.wakeAfter(tx, queue);
    return moved > 0;
  }

  /** Raises JOB_NOT_FOUND, also for a job of an owner outside the scopes. */
  async get(tx: Tx, owner: string, queue: string, key: string): Promise<JobRecord> {
    const [job] = await tx.query<JobRecord>(`SELECT ${columns} FROM job WHERE owner = $1 AND queue = $2 AND key = $3`, [
      owner,
      queue,
      key,
    ]);
    if (job === undefined) throw new PfiError('JOB_NOT_FOUND', 'not-found', 'Ce travail n’existe pas.');
    return job;
  }

  /** How many jobs of each state a queue holds, in the scopes of `tx`. */
  async count(tx: Tx, queue: string): Promise<Partial<Record<JobState, number>>> {
    const rows = await tx.query<{ state: JobState; jobs: number }>(
      'SELECT state, count(*) AS jobs FROM job WHERE queue = $1 GROUP BY state',
      [queue],
    );
    return Object.fromEntries(rows.map((row) => [row.state, row.jobs]));
  }

  /** Calls `wake` when this process commits work for `queue`; returns the way to unsubscribe. */
  onReady(queue: string, wake: () => void): () => void {
    const listeners = this.listeners.get(queue) ?? new Set();
    this.listeners.set(queue, listeners.add(wake));
    return () => listeners.delete(wake);
  }

  private wakeAfter(tx: Tx, queue: string): void {
    tx.afterCommit(() => this.listeners.get(queue)?.forEach((wake) => wake()));
  }
}
