import { type Database, DatabaseUnavailable, type Tx } from '@pfi/platform-postgres';
import type { EventApplier } from './event-applier.js';
import { baseAt, type EventStore, type StoredEvent } from './event-store.js';
import type { IncomingEvent } from './incoming-event.js';
import { failureOf } from './park-reasons.js';

export interface ParkedEvent {
  readonly id: string;
  readonly owner: string;
  readonly topic: string;
  readonly type: string | null;
  readonly eventId: string | null;
  readonly aggregate: string | null;
  readonly sequence: number | null;
  /** Stable code of the reason. */
  readonly code: string;
  /** French, for an operator: what happened and what to do. */
  readonly textFr: string;
  readonly attempts: number;
  /** ISO 8601 instant. */
  readonly parkedAt: string;
}

export interface ReplayResult {
  /** Events that are parked no more: done now, done before, or waiting for an earlier one. */
  readonly replayed: number;
  /** Tried again without success, or behind one that is. */
  readonly stillParked: number;
  readonly notFound: number;
}

interface ParkedRow extends StoredEvent {
  readonly id: string;
  readonly owner: string;
  readonly aggregate: string;
  readonly sequence: number;
  readonly code: string;
}

const PAGE = 50;
const LONGEST_PAGE = 200;

/** Parked events of one consumer, for the screen and the API of its service. */
export class ParkedEvents {
  constructor(
    private readonly consumer: string,
    private readonly database: Database,
    private readonly store: EventStore,
    private readonly applier: () => EventApplier,
    private readonly scopesOf: (owner: string) => readonly string[],
  ) {}

  /** Newest first; `next` is an opaque cursor, null at the end. */
  async list(
    scopes: readonly string[],
    page: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
  ): Promise<{ readonly items: readonly ParkedEvent[]; readonly next: string | null }> {
    const limit = Math.min(Math.max(page.limit ?? PAGE, 1), LONGEST_PAGE);
    const after = page.cursor === undefined ? [null, null] : readCursor(page.cursor);
    const rows = await this.database.transaction(scopes, (tx) =>
      tx.query<ParkedEvent & { readonly place: string; readonly parkedAt: Date }>(LIST, [
        this.consumer,
        ...after,
        limit + 1,
      ]),
    );
    const items = rows
      .slice(0, limit)
      .map(({ place: _place, parkedAt, ...event }) => ({ ...event, parkedAt: new Date(parkedAt).toISOString() }));
    const last = rows[limit - 1];
    return {
      items,
      next: rows.length > limit && last ? Buffer.from(`${last.place}|${last.id}`).toString('base64url') : null,
    };
  }

  async count(scopes: readonly string[]): Promise<number> {
    const [row] = await this.database.transaction(scopes, (tx) =>
      tx.query<{ count: number }>(
        'SELECT count(*) AS count FROM parked_event WHERE consumer = $1 AND replayed_at IS NULL',
        [this.consumer],
      ),
    );
    return row?.count ?? 0;
  }

  /**
   * Runs parked events again through the same path, in order within each aggregate; those blocked behind them follow. An event
   * parked for SEQUENCE_GAP is applied without the missing one: asking for it is the decision to go on. Events outside
   * the scopes are not found. Asking twice changes nothing more. Raises DATABASE_UNAVAILABLE.
   */
  async replay(scopes: readonly string[], ids: readonly string[]): Promise<ReplayResult> {
    const known = ids.filter((id) => UUID.test(id));
    const asked = await this.database.transaction(scopes, (tx) => tx.query<ParkedRow>(FIND, [this.consumer, known]));
    const result = { replayed: 0, stillParked: 0, notFound: ids.length - asked.length };
    for (const rows of Map.groupBy(asked, ({ owner, aggregate }) => `${owner}\n${aggregate}`).values()) {
      await this.#replayAggregate(scopes, rows, result);
    }
    return result;
  }

  async #replayAggregate(
    scopes: readonly string[],
    asked: readonly ParkedRow[],
    result: { replayed: number; stillParked: number },
  ): Promise<void> {
    const { owner, aggregate } = asked[0]!;
    const ownerScopes = this.scopesOf(owner);
    const pending = [...asked];
    let failed = false;
    while (pending.length > 0) {
      const row = pending.shift()!;
      const done = await this.#replayOne(owner, ownerScopes, row);
      if (done) result.replayed += 1;
      else {
        result.stillParked += 1;
        failed = true;
      }
      if (pending.length === 0 && !failed) {
        await this.applier().releaseWaiting(owner, ownerScopes, aggregate);
        pending.push(
          ...(await this.database.transaction(scopes, (tx) =>
            tx.query<ParkedRow>(FOLLOWERS, [this.consumer, owner, aggregate]),
          )),
        );
      }
    }
  }

  async #replayOne(owner: string, scopes: readonly string[], row: ParkedRow): Promise<boolean> {
    const event = this.applier().readStored(row);
    try {
      return await this.database.transaction(scopes, (tx) => this.#replayIn(tx, owner, row, event));
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      await this.applier().park(owner, scopes, event, failureOf(error));
      return false;
    }
  }

  async #replayIn(tx: Tx, owner: string, row: ParkedRow, event: IncomingEvent): Promise<boolean> {
    const { lane, head } = event;
    const { sequence } = head;
    if (this.applier().ordered(event)) {
      const positions = await this.store.lockPositions(tx, owner, new Map([[lane, baseAt(sequence - 1)]]));
      const position = positions.get(lane)?.sequence ?? 0;
      const earlier = (await this.store.parkedState(tx, owner, [lane], [])).blockedFrom.get(lane);
      if (earlier !== undefined && earlier < sequence) return false;
      if (row.code === 'SEQUENCE_GAP' && sequence > position + 1) {
        const reached = new Map([[lane, sequence - 1]]);
        await this.store.movePositions(tx, owner, reached);
        await this.store.forgetWaiting(tx, owner, reached);
      }
    }
    // Marked first: an open row would block its own event.
    if ((await tx.execute(MARK, [row.id])) === 0) return true;
    const { parked } = await this.applier().applyIn(tx, owner, [event], false);
    return parked === 0;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readCursor(cursor: string): [string | null, string | null] {
  const [place, id] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
  return place && id && /^\d+$/.test(place) && UUID.test(id) ? [place, id] : [null, null];
}

const LIST = `
SELECT id, owner, topic, type, event_id AS "eventId", substr(aggregate, length(topic) + 2) AS aggregate, sequence, code, text_fr AS "textFr", attempts, parked_at AS "parkedAt",
  (extract(epoch FROM parked_at) * 1000000)::bigint::text AS place
FROM parked_event
WHERE consumer = $1 AND replayed_at IS NULL
  AND ($2::bigint IS NULL OR ((extract(epoch FROM parked_at) * 1000000)::bigint, id) < ($2::bigint, $3::uuid))
ORDER BY parked_at DESC, id DESC LIMIT $4`;

const COLUMNS = 'id, owner, aggregate, sequence, code, topic, headers, payload';

const FIND = `
SELECT ${COLUMNS} FROM parked_event
WHERE consumer = $1 AND id = ANY ($2::uuid[]) AND replayed_at IS NULL AND event_id IS NOT NULL
ORDER BY owner, aggregate, sequence`;

const FOLLOWERS = `
SELECT ${COLUMNS.split(', ')
  .map((column) => `parked.${column}`)
  .join(', ')} FROM parked_event AS parked
JOIN aggregate_position AS known USING (owner, consumer, aggregate)
WHERE parked.consumer = $1 AND parked.owner = $2 AND parked.aggregate = $3 AND parked.replayed_at IS NULL
  AND (parked.code = 'BLOCKED_BY_PARKED' OR parked.sequence = known.sequence + 1)
ORDER BY parked.sequence LIMIT 200`;

const MARK = 'UPDATE parked_event SET replayed_at = now() WHERE id = $1 AND replayed_at IS NULL';
