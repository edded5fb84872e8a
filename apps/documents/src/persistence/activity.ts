import type { Tx } from '@pfi/platform-postgres';
import { STATES, Values, visibleDocuments } from './visible-documents.js';

/** What the flows are doing, inside the transaction's scopes. */
export interface Activity {
  /** ISO 8601 instant of the count. */
  readonly at: string;
  readonly receivedToday: number;
  /** Documents at work of any age, and the ended ones that were received today (Europe/Paris). */
  readonly states: readonly { readonly state: string; readonly count: number }[];
  /** Deliveries that are open, of any age, and the ended ones of documents that were received today. */
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

const AT_WORK = ['held', 'parked', 'in-delivery'];
const SINCE_MIDNIGHT = `received_at >= date_trunc('day', now() AT TIME ZONE 'Europe/Paris') AT TIME ZONE 'Europe/Paris'`;
const OPEN = `state IN ('held', 'parked', 'pending')`;

interface OpenCount {
  readonly state: string;
  readonly channel: string;
  readonly code: string | null;
  readonly count: number;
}

/**
 * Counts what is open on indexes alone, and what came today: nothing grows with the age of the platform but with what it left
 * undone, at some 100 ns a delivery.
 */
export async function countActivity(tx: Tx): Promise<Activity> {
  const open = await tx.query<OpenCount>(
    `SELECT state, channel, waiting_code AS code, count(*)::int AS count FROM delivery WHERE ${OPEN}
     GROUP BY 1, 2, 3 ORDER BY 2, 1, 3`,
  );
  const today = await countToday(tx);
  const { states, received } = await countStates(tx);
  return {
    at: new Date().toISOString(),
    receivedToday: received,
    states,
    channels: [...summed(open, ({ state, channel }) => ({ state, channel })), ...today].sort(
      (a, b) => compare(a.channel, b.channel) || compare(a.state, b.state),
    ),
    waiting: await explained(
      tx,
      summed(open.filter(isWaiting), ({ state, code }) => ({ state, code })),
    ),
  };
}

/** Documents at work of any age, the others of today. */
async function countStates(tx: Tx): Promise<{ states: Activity['states']; received: number }> {
  const values = new Values();
  const atWork = visibleDocuments(tx, values, { states: AT_WORK });
  const states = STATES.filter((state) => !AT_WORK.includes(state));
  const ofToday = visibleDocuments(tx, values, { states, conditions: [SINCE_MIDNIGHT] });
  const rows = await tx.query<{ state: string; count: number; today: number }>(
    `SELECT state, count(*)::int AS count, (count(*) FILTER (WHERE ${SINCE_MIDNIGHT}))::int AS today
     FROM (${atWork} UNION ALL ${ofToday}) AS seen GROUP BY state ORDER BY state`,
    values.all,
  );
  return {
    states: rows.map(({ state, count }) => ({ state, count })),
    received: rows.reduce((sum, { today }) => sum + today, 0),
  };
}

/** Deliveries that ended, of documents received today. */
async function countToday(tx: Tx): Promise<Activity['channels'][number][]> {
  const values = new Values();
  const today = visibleDocuments(tx, values, { conditions: [SINCE_MIDNIGHT] });
  return tx.query(
    `SELECT d.channel, d.state, count(*)::int AS count FROM (${today}) AS seen JOIN delivery d ON d.document_id = seen.id
     WHERE NOT d.${OPEN} AND d.state <> 'not-applicable' GROUP BY 1, 2`,
    values.all,
  );
}

/** With the words of each reason, and the reception of the oldest document: ids are given in the order of reception (UUID version 7). */
async function explained(
  tx: Tx,
  counts: readonly { readonly state: string; readonly code: string; readonly count: number }[],
): Promise<WaitingReason[]> {
  const rows = await tx.query<Omit<WaitingReason, 'oldest'> & { oldest: Date }>(
    `SELECT n.state, n.code, n.count, coalesce(d.reasons -> 0 ->> 'text', d.outcome_text, '') AS text, s.received_at AS oldest
     FROM unnest($1::text[], $2::text[], $3::int[]) AS n (state, code, count)
     CROSS JOIN LATERAL (SELECT document_id FROM delivery WHERE ${OPEN} AND state = n.state AND waiting_code = n.code
       ORDER BY document_id LIMIT 1) AS oldest
     JOIN document s ON s.id = oldest.document_id
     CROSS JOIN LATERAL (SELECT reasons, outcome_text FROM delivery
       WHERE document_id = s.id AND state = n.state AND waiting_code = n.code LIMIT 1) AS d
     ORDER BY n.count DESC, n.code`,
    [counts.map(({ state }) => state), counts.map(({ code }) => code), counts.map(({ count }) => count)],
  );
  return rows.map((row) => ({ ...row, oldest: row.oldest.toISOString() }));
}

const isWaiting = (one: OpenCount): one is OpenCount & { readonly code: string } => one.code !== null;

function summed<Count extends { readonly count: number }, Key extends Readonly<Record<string, string>>>(
  counts: readonly Count[],
  keyOf: (count: Count) => Key,
): (Key & { readonly count: number })[] {
  const groups = Map.groupBy(counts, (one) => JSON.stringify(keyOf(one)));
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first ? [{ ...keyOf(first), count: rest.reduce((sum, { count }) => sum + count, first.count) }] : [],
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
