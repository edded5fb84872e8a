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
    const entries = numbered(events.map(entryOf));
    const counters = countersOf(entries);
    tx.send(APPEND, [
      counters.map(({ owner }) => owner),
      counters.map(({ aggregate }) => aggregate),
      counters.map(({ count }) => count),
      entries.map(() => uuidV7()),
      entries.map(({ event }) => event.owner),
      entries.map(({ event }) => event.contract.topic.name),
      entries.map(({ event }) => event.contract.type),
      entries.map(({ aggregate }) => aggregate),
      entries.map(({ followers }) => followers),
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

/** Later events of the call that take a number of the same counter. */
type Numbered = Entry & { readonly followers: number };

// One statement: it locks the counters, takes their numbers and writes the events under them.
const APPEND = `
WITH counter AS (
  INSERT INTO aggregate_sequence AS known (owner, aggregate, sequence)
  SELECT owner, aggregate, taken
  FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS given (owner, aggregate, taken, place)
  ORDER BY place
  ON CONFLICT (owner, aggregate) DO UPDATE SET sequence = known.sequence + EXCLUDED.sequence
  RETURNING owner, aggregate, sequence
)
INSERT INTO outbox (id, owner, topic, type, aggregate, sequence, payload, traceparent, replay)
SELECT given.id, owner, given.topic, given.type, aggregate, counter.sequence - given.followers, given.payload, given.traceparent, given.replay
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $12::boolean[])
  WITH ORDINALITY AS given (id, owner, topic, type, aggregate, followers, payload, traceparent, replay, place)
JOIN counter USING (owner, aggregate)
ORDER BY given.place`;

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

function countersOf(entries: readonly Entry[]): { owner: string; aggregate: string; count: number }[] {
  const taken = new Map<string, { owner: string; aggregate: string; count: number }>();
  for (const { counter, event, aggregate } of entries) {
    const known = taken.get(counter) ?? { owner: event.owner, aggregate, count: 0 };
    if (!event.replay) known.count += 1;
    taken.set(counter, known);
  }
  // One order for every transaction: two of them never wait for each other.
  return [...taken.keys()].sort().map((counter) => taken.get(counter)!);
}

function numbered(entries: readonly Entry[]): Numbered[] {
  const followers = new Map<string, number>();
  return entries
    .toReversed()
    .map((entry) => {
      const later = followers.get(entry.counter) ?? 0;
      if (!entry.event.replay) followers.set(entry.counter, later + 1);
      return { ...entry, followers: later };
    })
    .reverse();
}
