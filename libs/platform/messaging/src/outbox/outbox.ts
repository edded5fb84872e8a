import type { Tx } from '@pfi/platform-postgres';
import { v7 as uuidV7 } from 'uuid';
import { MessagingError } from '../errors.js';
import type { NewEvent } from './new-event.js';

export interface OutboxOptions {
  /** Woken after each commit that holds events; the relay of this process. */
  readonly relay?: { wake(): void };
}

/** Records larger than this would not fit Kafka's limits; documents travel by reference. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/** The only way to publish: rows of the business transaction, sent later by the relay. */
export class Outbox {
  readonly #relay: { wake(): void } | undefined;

  constructor(options: OutboxOptions = {}) {
    this.#relay = options.relay;
  }

  /**
   * Adds events in the given order. Takes the lock of each aggregate, in a fixed order, until the end of the transaction.
   * Raises EVENT_INVALID (names of the fields, never values) and EVENT_TOO_LARGE before touching the database.
   */
  async append(tx: Tx, events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return;
    const entries = events.map(entryOf);
    const last = await lockSequences(tx, entries);
    const sequences = numberEntries(entries, last);
    await tx.execute(INSERT_EVENTS, [
      entries.map(() => uuidV7()),
      entries.map(({ event }) => event.owner),
      entries.map(({ event }) => event.contract.topic.name),
      entries.map(({ event }) => event.contract.type),
      entries.map(({ aggregate }) => aggregate),
      sequences,
      entries.map(({ payload }) => payload),
      entries.map(({ event }) => event.traceparent ?? null),
      entries.map(({ event }) => event.replay === true),
    ]);
    if (this.#relay) tx.afterCommit(() => this.#relay?.wake());
  }
}

interface Entry {
  readonly event: NewEvent;
  readonly aggregate: string;
  readonly payload: string;
  /** Names the row in aggregate_sequence. */
  readonly counter: string;
}

const LOCK_SEQUENCES = `
INSERT INTO aggregate_sequence AS counter (owner, aggregate, sequence)
SELECT owner, aggregate, taken
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS given (owner, aggregate, taken, place)
ORDER BY place
ON CONFLICT (owner, aggregate) DO UPDATE SET sequence = counter.sequence + EXCLUDED.sequence
RETURNING owner, aggregate, sequence`;

const INSERT_EVENTS = `
INSERT INTO outbox (id, owner, topic, type, aggregate, sequence, payload, traceparent, replay)
SELECT id, owner, topic, type, aggregate, sequence, payload, traceparent, replay
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::boolean[])
  WITH ORDINALITY AS given (id, owner, topic, type, aggregate, sequence, payload, traceparent, replay, place)
ORDER BY place`;

function entryOf(event: NewEvent): Entry {
  const { contract, owner } = event;
  const parsed = contract.schema.safeParse(event.payload);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, code }) => `${path.join('.') || '(racine)'} (${code})`).join(', ');
    throw new MessagingError('EVENT_INVALID', `L’événement ${contract.type} ne respecte pas son contrat : ${fields}.`);
  }
  const payload = JSON.stringify(parsed.data);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
    throw new MessagingError('EVENT_TOO_LARGE', `L’événement ${contract.type} dépasse ${MAX_PAYLOAD_BYTES} octets.`);
  }
  const aggregate = contract.aggregate(parsed.data);
  return { event, aggregate, payload, counter: counterOf(owner, aggregate) };
}

const counterOf = (owner: string, aggregate: string): string => `${owner}\n${aggregate}`;

/** The last sequence of each counter once this call took its own. */
async function lockSequences(tx: Tx, entries: readonly Entry[]): Promise<Map<string, number>> {
  const taken = new Map<string, { owner: string; aggregate: string; count: number }>();
  for (const { counter, event, aggregate } of entries) {
    const known = taken.get(counter) ?? { owner: event.owner, aggregate, count: 0 };
    if (!event.replay) known.count += 1;
    taken.set(counter, known);
  }
  // One order for every transaction: two of them never wait for each other.
  const sorted = [...taken.keys()].sort().map((counter) => taken.get(counter)!);
  const rows = await tx.query<{ owner: string; aggregate: string; sequence: number }>(LOCK_SEQUENCES, [
    sorted.map(({ owner }) => owner),
    sorted.map(({ aggregate }) => aggregate),
    sorted.map(({ count }) => count),
  ]);
  return new Map(rows.map(({ owner, aggregate, sequence }) => [counterOf(owner, aggregate), sequence]));
}

function numberEntries(entries: readonly Entry[], last: ReadonlyMap<string, number>): number[] {
  const next = new Map(last);
  const sequences = new Array<number>(entries.length);
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const { counter, event } = entries[index]!;
    sequences[index] = next.get(counter)!;
    if (!event.replay) next.set(counter, sequences[index]! - 1);
  }
  return sequences;
}
