import type { Reading, Tx } from '@pfi/platform-postgres';
import type { IncomingEvent, RawEvent } from './incoming-event.js';
import type { ParkReason } from './park-reasons.js';

export interface StoredEvent {
  readonly topic: string;
  readonly headers: Record<string, string>;
  readonly payload: string;
}

/** Where an aggregate that was never seen begins, and where its events of this batch will bring it if none is missing. */
export interface Base {
  readonly base: number;
  readonly expected: number;
}

export const baseAt = (sequence: number): Base => ({ base: sequence, expected: sequence });

/** Last sequence applied, and what its row says by now. */
export interface Position {
  readonly sequence: number;
  readonly written: number;
}

interface Row {
  readonly aggregate: string;
  readonly sequence: number;
}

interface ParkedState {
  readonly ids: ReadonlySet<string>;
  readonly blockedFrom: ReadonlyMap<string, number>;
}

/** Statements on the bookkeeping of one consumer: inbox, aggregate_position, waiting_event, parked_event. */
export class EventStore {
  constructor(private readonly consumer: string) {}

  /**
   * Takes the locks of the aggregates in a fixed order. One never seen before begins at `base`, and is written with the position
   * that it will most likely have, so that it need not be moved.
   */
  async lockPositions(tx: Tx, owner: string, bases: ReadonlyMap<string, Base>): Promise<Map<string, Position>> {
    const aggregates = [...bases.keys()].sort();
    const known = await tx.query<Row>(LOCK_KNOWN, [owner, this.consumer, aggregates]);
    const positions = new Map(known.map(({ aggregate, sequence }) => [aggregate, { sequence, written: sequence }]));
    const fresh = aggregates.filter((aggregate) => !positions.has(aggregate));
    if (fresh.length === 0) return positions;
    const baseOf = (aggregate: string): Base => bases.get(aggregate) as Base;
    const rows = await tx.query<Row & { fresh: boolean }>(INSERT_POSITIONS, [
      owner,
      this.consumer,
      fresh,
      fresh.map((aggregate) => baseOf(aggregate).expected),
    ]);
    for (const { aggregate, sequence, fresh: inserted } of rows)
      positions.set(aggregate, { sequence: inserted ? baseOf(aggregate).base : sequence, written: sequence });
    return positions;
  }

  async movePositions(tx: Tx, owner: string, positions: ReadonlyMap<string, number>): Promise<void> {
    if (positions.size === 0) return;
    await tx.execute(MOVE_POSITIONS, [owner, this.consumer, [...positions.keys()], [...positions.values()]]);
  }

  /** Waiting events of these aggregates up to a sequence have had their turn. */
  async forgetWaiting(tx: Tx, owner: string, reached: ReadonlyMap<string, number>): Promise<void> {
    if (reached.size === 0) return;
    await tx.execute(FORGET_WAITING, [owner, this.consumer, [...reached.keys()], [...reached.values()]]);
  }

  /** Ids that were not in the inbox before. */
  async insertInbox(tx: Tx, owner: string, events: readonly IncomingEvent[]): Promise<Set<string>> {
    if (events.length === 0) return new Set();
    const rows = await tx.query<{ event_id: string }>(INSERT_INBOX, [
      owner,
      this.consumer,
      events.map(({ head }) => head.id),
      events.map(({ head }) => head.aggregate),
      events.map(({ head }) => head.sequence),
    ]);
    return new Set(rows.map(({ event_id }) => event_id));
  }

  async parkedState(
    tx: Tx,
    owner: string,
    aggregates: readonly string[],
    eventIds: readonly string[],
  ): Promise<ParkedState> {
    const rows = await tx.query<{ aggregate: string; blocked_from: number | null; ids: string[] | null }>(
      PARKED_STATE,
      [owner, this.consumer, aggregates, eventIds],
    );
    return {
      ids: new Set(rows.flatMap(({ ids }) => ids ?? [])),
      blockedFrom: new Map(
        rows.flatMap(({ aggregate, blocked_from }) => (blocked_from === null ? [] : [[aggregate, blocked_from]])),
      ),
    };
  }

  /** Waiting events of the aggregates, in order. */
  async waiting(tx: Tx, owner: string, aggregates: readonly string[]): Promise<StoredEvent[]> {
    return tx.query<StoredEvent>(WAITING, [owner, this.consumer, aggregates]);
  }

  /** The waiting event of the aggregate whose turn has come. */
  async nextWaiting(tx: Tx, owner: string, aggregate: string): Promise<StoredEvent | undefined> {
    return (await tx.query<StoredEvent>(NEXT_WAITING, [owner, this.consumer, aggregate]))[0];
  }

  async insertWaiting(tx: Tx, owner: string, events: readonly IncomingEvent[], limitMs: number): Promise<void> {
    if (events.length === 0) return;
    await tx.execute(INSERT_WAITING, [owner, this.consumer, ...columns(events), limitMs / 1_000]);
  }

  async park(
    tx: Tx,
    owner: string,
    events: readonly { readonly event: IncomingEvent; readonly reason: ParkReason }[],
  ): Promise<void> {
    if (events.length === 0) return;
    await tx.execute(PARK, [
      owner,
      this.consumer,
      ...columns(events.map(({ event }) => event)),
      events.map(({ reason }) => reason.code),
      events.map(({ reason }) => reason.textFr),
    ]);
  }

  /** Waiting events of blocked aggregates will not be released by themselves. */
  async parkWaiting(tx: Tx, owner: string, aggregates: readonly string[], reason: ParkReason): Promise<void> {
    if (aggregates.length === 0) return;
    await tx.execute(PARK_WAITING, [owner, this.consumer, aggregates, reason.code, reason.textFr]);
  }

  /** Moves the waiting events of an aggregate when one of them is still overdue; says how many. */
  async parkOverdue(tx: Tx, owner: string, aggregate: string, reason: ParkReason): Promise<number> {
    return tx.execute(PARK_OVERDUE, [owner, this.consumer, [aggregate], reason.code, reason.textFr]);
  }

  /** A record without a usable envelope or owner; only the system role sees it. Repeats of it are told by `key`. */
  async parkUnowned(tx: Tx, raw: RawEvent, key: string, reason: ParkReason): Promise<void> {
    await tx.execute(PARK_UNOWNED, [
      this.consumer,
      raw.topic,
      key,
      storableHeaders(raw),
      storable(raw.value),
      reason.code,
      reason.textFr,
    ]);
  }

  /** Aggregates with an event that has waited too long. */
  async overdue(reading: Reading, limit: number): Promise<{ owner: string; aggregate: string }[]> {
    return reading.query(OVERDUE, [this.consumer, limit]);
  }

  /** Events parked under this code that were tried fewer times than that, oldest first. */
  async busy(
    reading: Reading,
    codes: readonly string[],
    attempts: number,
    limit: number,
  ): Promise<{ id: string; owner: string }[]> {
    return reading.query(BUSY, [this.consumer, codes, attempts, limit]);
  }

  async purgeInbox(tx: Tx, days: number, limit: number): Promise<number> {
    return tx.execute(PURGE_INBOX, [days, limit]);
  }
}

/** PostgreSQL has no NUL in text. */
const storable = (value: Buffer): string => value.toString('utf8').replaceAll('\0', '\uFFFD');

const storableHeaders = ({ headers }: RawEvent): string => JSON.stringify(headers).replaceAll('\\u0000', '');

/** The column `aggregate` of the bookkeeping holds the lane. */
function columns(events: readonly IncomingEvent[]): unknown[][] {
  return [
    events.map(({ lane }) => lane),
    events.map(({ head }) => head.sequence),
    events.map(({ head }) => head.id),
    events.map(({ raw }) => raw.topic),
    events.map(({ head }) => head.type),
    events.map(({ raw }) => storableHeaders(raw)),
    events.map(({ raw }) => storable(raw.value)),
  ];
}

const LOCK_KNOWN = `
SELECT aggregate, sequence FROM aggregate_position
WHERE owner = $1 AND consumer = $2 AND aggregate = ANY($3::text[]) ORDER BY aggregate FOR UPDATE`;

// The conflict is with another transaction that saw the aggregate first: its row is locked and told as it is.
const INSERT_POSITIONS = `
INSERT INTO aggregate_position AS known (owner, consumer, aggregate, sequence)
SELECT $1, $2, aggregate, expected FROM unnest($3::text[], $4::bigint[]) WITH ORDINALITY AS given (aggregate, expected, place) ORDER BY place
ON CONFLICT (owner, consumer, aggregate) DO UPDATE SET updated_at = now()
RETURNING aggregate, sequence, xmax = 0 AS fresh`;

const MOVE_POSITIONS = `
UPDATE aggregate_position AS known SET sequence = given.sequence, updated_at = now()
FROM unnest($3::text[], $4::bigint[]) AS given (aggregate, sequence)
WHERE known.owner = $1 AND known.consumer = $2 AND known.aggregate = given.aggregate`;

const FORGET_WAITING = `
DELETE FROM waiting_event AS waiting USING unnest($3::text[], $4::bigint[]) AS given (aggregate, sequence)
WHERE waiting.owner = $1 AND waiting.consumer = $2 AND waiting.aggregate = given.aggregate AND waiting.sequence <= given.sequence`;

const INSERT_INBOX = `
INSERT INTO inbox (owner, consumer, event_id, aggregate, sequence)
SELECT $1, $2, id, aggregate, sequence FROM unnest($3::uuid[], $4::text[], $5::bigint[]) AS given (id, aggregate, sequence)
ON CONFLICT (owner, consumer, event_id) DO NOTHING
RETURNING event_id`;

const PARKED_STATE = `
SELECT parked.aggregate,
  min(parked.sequence) FILTER (WHERE parked.sequence > known.sequence AND parked.headers ->> 'pfi_replay' IS DISTINCT FROM 'true') AS blocked_from,
  array_agg(parked.event_id::text) FILTER (WHERE parked.event_id = ANY ($4::uuid[])) AS ids
FROM parked_event AS parked
JOIN aggregate_position AS known USING (owner, consumer, aggregate)
WHERE parked.owner = $1 AND parked.consumer = $2 AND parked.aggregate = ANY ($3::text[]) AND parked.replayed_at IS NULL
GROUP BY parked.aggregate`;

const WAITING = `
SELECT topic, headers, payload FROM waiting_event
WHERE owner = $1 AND consumer = $2 AND aggregate = ANY ($3::text[]) ORDER BY aggregate, sequence`;

const NEXT_WAITING = `
SELECT waiting.topic, waiting.headers, waiting.payload FROM waiting_event AS waiting
JOIN aggregate_position AS known USING (owner, consumer, aggregate)
WHERE waiting.owner = $1 AND waiting.consumer = $2 AND waiting.aggregate = $3 AND waiting.sequence = known.sequence + 1`;

const INSERT_WAITING = `
INSERT INTO waiting_event (owner, consumer, aggregate, sequence, event_id, topic, type, headers, payload, deadline_at)
SELECT $1, $2, aggregate, sequence, id, topic, type, headers, payload, now() + make_interval(secs => $10)
FROM unnest($3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::jsonb[], $9::text[])
  AS given (aggregate, sequence, id, topic, type, headers, payload)
ON CONFLICT DO NOTHING`;

const REPEATED = `
ON CONFLICT (owner, consumer, event_id) WHERE event_id IS NOT NULL
DO UPDATE SET code = EXCLUDED.code, text_fr = EXCLUDED.text_fr, attempts = parked.attempts + 1, replayed_at = NULL`;

const BUSY = `
SELECT id, owner FROM parked_event
WHERE consumer = $1 AND code = ANY ($2::text[]) AND attempts < $3 AND replayed_at IS NULL AND event_id IS NOT NULL
ORDER BY parked_at, id LIMIT $4`;

const PARK = `
INSERT INTO parked_event AS parked (owner, consumer, aggregate, sequence, event_id, topic, type, headers, payload, code, text_fr)
SELECT $1, $2, given.* FROM unnest($3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::jsonb[], $9::text[], $10::text[], $11::text[])
  AS given (aggregate, sequence, id, topic, type, headers, payload, code, text_fr)
${REPEATED}`;

const moveWaiting = (condition: string): string => `
WITH moved AS (
  DELETE FROM waiting_event WHERE owner = $1 AND consumer = $2 AND aggregate = ANY ($3::text[]) ${condition}
  RETURNING owner, consumer, aggregate, sequence, event_id, topic, type, headers, payload
)
INSERT INTO parked_event AS parked (owner, consumer, aggregate, sequence, event_id, topic, type, headers, payload, code, text_fr)
SELECT moved.*, $4, $5 FROM moved
${REPEATED}`;

const PARK_WAITING = moveWaiting('');

const PARK_OVERDUE = moveWaiting(`AND EXISTS (
  SELECT FROM waiting_event AS late
  WHERE late.owner = $1 AND late.consumer = $2 AND late.aggregate = ANY ($3::text[]) AND late.deadline_at <= now())`);

const PARK_UNOWNED = `
INSERT INTO parked_event (owner, consumer, topic, aggregate, headers, payload, code, text_fr)
SELECT '', $1, $2, $3, $4::jsonb, $5, $6, $7
WHERE NOT EXISTS (SELECT FROM parked_event WHERE owner = '' AND consumer = $1 AND topic = $2 AND aggregate = $3)`;

const OVERDUE = `
SELECT DISTINCT owner, aggregate FROM waiting_event WHERE consumer = $1 AND deadline_at <= now() LIMIT $2`;

const PURGE_INBOX = `
DELETE FROM inbox WHERE (owner, consumer, event_id) IN
  (SELECT owner, consumer, event_id FROM inbox WHERE applied_at < now() - make_interval(secs => $1 * 86400.0) ORDER BY applied_at LIMIT $2)`;
