import type { Database } from './database.js';

export interface Retention {
  /** Published events. Default 14 days, never less than the retention of the topics. */
  readonly outboxDays?: number;
  /** Applied events. Default 30 days: longer than topics keep records and than the longest replay. */
  readonly inboxDays?: number;
}

const BATCH = 5_000;

const expired = {
  outbox: `DELETE FROM outbox WHERE position IN (
    SELECT position FROM outbox WHERE published_at < now() - make_interval(days => $1::int) LIMIT ${BATCH})`,
  inbox: `DELETE FROM inbox WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM inbox WHERE applied_at < now() - make_interval(days => $1::int) LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
} as const;

/**
 * Deletes what has outlived its use, in small transactions; `database` is of the system role. Returns the rows deleted.
 * For a quiet hour; may be interrupted, and run again.
 */
export async function purge(
  database: Database,
  retention: Retention = {},
): Promise<{ readonly outbox: number; readonly inbox: number }> {
  return {
    outbox: await empty(database, expired.outbox, retention.outboxDays ?? 14),
    inbox: await empty(database, expired.inbox, retention.inboxDays ?? 30),
  };
}

async function empty(database: Database, statement: string, days: number): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await database.transaction([], (tx) => tx.execute(statement, [days]));
    total += deleted;
    if (deleted < BATCH) return total;
  }
}
