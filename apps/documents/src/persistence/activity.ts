import type { Tx } from '@pfi/platform-postgres';

/** What the flows are doing, inside the transaction's scopes. */
export interface Activity {
  /** ISO 8601 instant of the count. */
  readonly at: string;
  readonly receivedToday: number;
  /** Documents at work of any age, and the ended ones that were received today (Europe/Paris). */
  readonly states: readonly { readonly state: string; readonly count: number }[];
  /** Their deliveries. */
  readonly channels: readonly { readonly channel: string; readonly state: string; readonly count: number }[];
  /** Deliveries that wait, by first reason, with the reception of the oldest. */
  readonly waiting: readonly WaitingReason[];
}

export interface WaitingReason {
  readonly state: 'held' | 'parked';
  readonly code: string;
  readonly text: string;
  readonly count: number;
  /** ISO 8601 instant. */
  readonly oldest: string;
}

const AT_WORK = `state IN ('held', 'parked', 'in-delivery')`;
const MIDNIGHT = `date_trunc('day', now() AT TIME ZONE 'Europe/Paris') AT TIME ZONE 'Europe/Paris'`;
/** Both halves read an index: neither grows with the age of the platform. */
const SHOWN = `shown AS MATERIALIZED (
  SELECT id, state, received_at FROM document WHERE ${AT_WORK}
  UNION SELECT id, state, received_at FROM document WHERE received_at >= ${MIDNIGHT})`;

export async function countActivity(tx: Tx): Promise<Activity> {
  const states = await tx.query<{ state: string; count: number; today: number }>(
    `WITH ${SHOWN} SELECT state, count(*)::int AS count, (count(*) FILTER (WHERE received_at >= ${MIDNIGHT}))::int AS today
     FROM shown GROUP BY state ORDER BY state`,
    [],
  );
  const channels = await tx.query<Activity['channels'][number]>(
    `WITH ${SHOWN} SELECT d.channel, d.state, count(*)::int AS count FROM delivery d JOIN shown s ON s.id = d.document_id
     WHERE d.state <> 'not-applicable' GROUP BY 1, 2 ORDER BY 1, 2`,
    [],
  );
  const waiting = await tx.query<Omit<WaitingReason, 'oldest'> & { oldest: Date }>(
    `SELECT d.state, coalesce(d.reasons -> 0 ->> 'code', d.outcome_code, 'UNKNOWN') AS code,
            min(coalesce(d.reasons -> 0 ->> 'text', d.outcome_text, '')) AS text, count(*)::int AS count, min(s.received_at) AS oldest
     FROM delivery d JOIN document s ON s.id = d.document_id
     WHERE s.${AT_WORK} AND d.state IN ('held', 'parked') GROUP BY 1, 2 ORDER BY 4 DESC, 2`,
    [],
  );
  return {
    at: new Date().toISOString(),
    receivedToday: states.reduce((sum, { today }) => sum + today, 0),
    states: states.map(({ state, count }) => ({ state, count })),
    channels,
    waiting: waiting.map((row) => ({ ...row, oldest: row.oldest.toISOString() })),
  };
}
