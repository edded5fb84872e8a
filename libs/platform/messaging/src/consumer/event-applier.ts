import type { EventEnvelope } from '@pfi/contracts';
import { type Database, DatabaseBusy, DatabaseUnavailable, type Tx } from '@pfi/platform-postgres';
import type { MessagingLogger } from '../logger.js';
import { EventContext } from './event-context.js';
import { baseAt, type Base, type EventStore, type StoredEvent } from './event-store.js';
import type { HandlerRegistry } from './handler-registry.js';
import { type IncomingEvent, type RawEvent, readEvent } from './incoming-event.js';
import { blockedByParked, failureOf, handlerTimeout, type ParkReason, schemaInvalid } from './park-reasons.js';
import { runsOfOneType } from './runs.js';
import { type Plan, planSequence } from './sequence-plan.js';

export type Ordering = 'sequence' | 'newest';

export interface ApplierOptions {
  readonly consumer: string;
  readonly database: Database;
  readonly store: EventStore;
  readonly handlers: HandlerRegistry;
  readonly orderingOf: (topic: string) => Ordering;
  readonly runInTrace: <T>(name: string, traceparent: string | undefined, work: () => Promise<T>) => Promise<T>;
  readonly handlerLimitMs: number;
  readonly gapLimitMs: number;
  readonly logger: MessagingLogger;
}

export interface Applied {
  readonly applied: number;
  readonly duplicates: number;
  readonly parked: number;
  readonly waiting: number;
}

/** Events of one partition that belong to one owner. */
export interface Part {
  readonly owner: string;
  readonly scopes: readonly string[];
  readonly ordering: Ordering;
  readonly events: readonly IncomingEvent[];
  /** Called between single events when they are applied one by one. */
  readonly between: () => Promise<void>;
}

/** A plan with what it changes in the rows of the lanes. */
interface Planned extends Plan {
  /** Positions that differ from what their row says. */
  readonly writes: ReadonlyMap<string, number>;
  /** Lanes with waiting events, up to the sequence that they have reached. */
  readonly waitedFor: ReadonlyMap<string, number>;
}

const BUSY_TRIES = 3;

/** Events of one owner and one ordering → inbox, order and effects of the handlers in one transaction. */
export class EventApplier {
  readonly #o: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#o = options;
  }

  read(raw: RawEvent): IncomingEvent | { readonly wrong: readonly string[] } {
    const { handlers } = this.#o;
    return readEvent(
      raw,
      (type) => handlers.of(type)?.contract,
      (type) => handlers.isOtherVersion(type),
    );
  }

  orderingOf(topic: string): Ordering {
    return this.#o.orderingOf(topic);
  }

  /** Parts of the same owner and ordering, in one transaction; when that fails, each as `apply` does. What was done is told of the first. */
  async applyTogether(parts: readonly Part[]): Promise<(Applied | Error)[]> {
    const [first, ...others] = parts;
    if (!first) return [];
    const { owner, scopes } = first;
    if (others.length > 0) {
      try {
        const events = parts.flatMap((part) => part.events);
        const all = await this.#o.database.transaction(scopes, (tx) => this.applyIn(tx, owner, events, true));
        return [all, ...others.map(() => nothing)];
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
      }
    }
    // At the same time: what holds one up must not hold up the others.
    const each = await Promise.allSettled(
      parts.map(({ events, between }) => this.apply(owner, scopes, events, between)),
    );
    return each.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error)));
  }

  /**
   * Applies all together; when that fails, one by one, parking those that fail alone. Raises DATABASE_UNAVAILABLE; any other
   * error of a handler is kept with the parked event. `between` is called between single events.
   */
  async apply(
    owner: string,
    scopes: readonly string[],
    events: readonly IncomingEvent[],
    between: () => Promise<void>,
  ): Promise<Applied> {
    try {
      return await this.#o.database.transaction(scopes, (tx) => this.applyIn(tx, owner, events, true));
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      this.#o.logger.warn(
        { consumer: this.#o.consumer, owner, events: events.length, code: failureOf(error).code },
        'batch failed, trying events one by one',
      );
    }
    let total = nothing;
    for (const event of events) {
      total = add(total, await this.#applyAlone(owner, scopes, event));
      if (this.ordered(event)) total = add(total, await this.releaseWaiting(owner, scopes, event.lane));
      await between();
    }
    return total;
  }

  /** Applies, one by one, the waiting events of a lane whose turn has come. */
  async releaseWaiting(owner: string, scopes: readonly string[], lane: string): Promise<Applied> {
    let total = nothing;
    let last = -1;
    for (;;) {
      const stored = await this.#o.database.transaction(scopes, (tx) => this.#o.store.nextWaiting(tx, owner, lane));
      const event = stored && this.readStored(stored);
      if (!event || event.head.sequence <= last) return total;
      last = event.head.sequence;
      total = add(total, await this.#applyAlone(owner, scopes, event));
    }
  }

  /** Its order within the aggregate counts: the topic is one of sequences, and the event not a replay. */
  ordered({ raw, head }: IncomingEvent): boolean {
    return this.#o.orderingOf(raw.topic) === 'sequence' && !head.replay;
  }

  readStored(stored: StoredEvent): IncomingEvent {
    const event = this.read({ topic: stored.topic, headers: stored.headers, value: Buffer.from(stored.payload) });
    if ('wrong' in event) throw new Error(`a stored event has no valid envelope: ${event.wrong.join(', ')}`);
    return event;
  }

  /** The whole of it, inside a transaction of the caller. Raises what the handler raises. */
  async applyIn(tx: Tx, owner: string, events: readonly IncomingEvent[], releaseWaiting: boolean): Promise<Applied> {
    const { store } = this.#o;
    const topic = events[0]!.raw.topic;
    const plan =
      this.#o.orderingOf(topic) === 'sequence'
        ? await this.#planSequence(tx, owner, events, releaseWaiting)
        : planNewest(events);
    await store.insertWaiting(tx, owner, plan.wait, this.#o.gapLimitMs);
    await store.park(
      tx,
      owner,
      plan.park.map(({ event, code }) => ({
        event,
        reason: code === 'BLOCKED_BY_PARKED' ? blockedByParked : reasonOf(event),
      })),
    );
    // Before the handlers: what they release must not meet its own waiting row.
    await store.movePositions(tx, owner, plan.writes);
    await store.forgetWaiting(tx, owner, plan.waitedFor);
    await store.parkWaiting(tx, owner, blockedAggregates(plan), blockedByParked);

    const handled = plan.apply.filter(({ content }) => content.kind === 'handled');
    // What is told in order is known by its position, read under the lane's lock; whole states and replays by their ids.
    const byId = handled.filter((event) => !this.ordered(event));
    const fresh = await store.insertInbox(tx, owner, byId);
    // An id that comes twice in one batch is fresh once.
    const todo = handled.filter((event) => this.ordered(event) || fresh.delete(event.head.id));
    for (const run of runsOfOneType(todo)) await this.#handle(tx, owner, run);
    return {
      applied: todo.length,
      duplicates: plan.skipped + handled.length - todo.length,
      parked: plan.park.length,
      waiting: plan.wait.length,
    };
  }

  /** Keeps an event that failed; those that wait behind it are parked too. */
  async park(owner: string, scopes: readonly string[], event: IncomingEvent, reason: ParkReason): Promise<void> {
    const { store, database, logger, consumer } = this.#o;
    const { id, type, aggregate, sequence } = event.head;
    const ordered = this.ordered(event);
    await database.transaction(scopes, async (tx) => {
      if (ordered) await store.lockPositions(tx, owner, new Map([[event.lane, baseAt(sequence - 1)]]));
      await store.park(tx, owner, [{ event, reason }]);
      if (ordered) await store.parkWaiting(tx, owner, [event.lane], blockedByParked);
    });
    logger.error({ consumer, owner, eventId: id, type, aggregate, sequence, code: reason.code }, 'event parked');
  }

  async #applyAlone(owner: string, scopes: readonly string[], event: IncomingEvent): Promise<Applied> {
    for (let run = 1; ; run += 1) {
      try {
        return await this.#o.database.transaction(scopes, (tx) => this.applyIn(tx, owner, [event], false));
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
        if (error instanceof DatabaseBusy && run < BUSY_TRIES) continue;
        this.#o.logger.error(
          { consumer: this.#o.consumer, eventId: event.head.id, err: nameOf(error) },
          'handler failed',
        );
        await this.park(owner, scopes, event, failureOf(error));
        return { ...nothing, parked: 1 };
      }
    }
  }

  async #planSequence(
    tx: Tx,
    owner: string,
    events: readonly IncomingEvent[],
    releaseWaiting: boolean,
  ): Promise<Planned> {
    const { store } = this.#o;
    const positions = await store.lockPositions(tx, owner, basesOf(events));
    const aggregates = [...positions.keys()];
    const parked = await store.parkedState(
      tx,
      owner,
      aggregates,
      events.map(({ head }) => head.id),
    );
    const waiting = (await store.waiting(tx, owner, aggregates)).map((stored) => this.readStored(stored));
    const waitingOf = Map.groupBy(waiting, ({ lane }) => lane);
    const states = new Map(
      [...positions].map(([aggregate, position]) => [
        aggregate,
        {
          position: position.sequence,
          blockedFrom: parked.blockedFrom.get(aggregate) ?? null,
          waiting: waitingOf.get(aggregate) ?? [],
        },
      ]),
    );
    const plan = planSequence({ events, states, parkedIds: parked.ids, releaseWaiting });
    const reached = (lane: string): number => plan.positions.get(lane) ?? positions.get(lane)?.sequence ?? 0;
    return {
      ...plan,
      writes: new Map(
        [...positions]
          .filter(([lane, { written }]) => reached(lane) !== written)
          .map(([lane]): [string, number] => [lane, reached(lane)]),
      ),
      waitedFor: new Map([...plan.positions].filter(([lane]) => waitingOf.has(lane))),
    };
  }

  async #handle(tx: Tx, owner: string, run: readonly IncomingEvent[]): Promise<void> {
    const { head } = run[0]!;
    const handler = this.#o.handlers.of(head.type)!;
    const envelopes = run.map(({ head, content }): EventEnvelope => ({
      ...head,
      payload: (content as { payload: unknown }).payload,
    }));
    await this.#o.runInTrace(`consumer ${head.type}`, head.traceparent, () =>
      limited(handler.handle(envelopes, new EventContext(tx, owner)), this.#o.handlerLimitMs),
    );
  }
}

/** Of a lane never seen: its first event sets where it begins, those that follow it without a gap where it ends. */
function basesOf(events: readonly IncomingEvent[]): Map<string, Base> {
  const bases = new Map<string, Base>();
  for (const { head, lane } of events) {
    const { base, expected } = bases.get(lane) ?? baseAt(head.replay ? head.sequence : head.sequence - 1);
    bases.set(lane, { base, expected: head.sequence === expected + 1 ? head.sequence : expected });
  }
  return bases;
}

const nothing: Applied = { applied: 0, duplicates: 0, parked: 0, waiting: 0 };

const add = (a: Applied, b: Applied): Applied => ({
  applied: a.applied + b.applied,
  duplicates: a.duplicates + b.duplicates,
  parked: a.parked + b.parked,
  waiting: a.waiting + b.waiting,
});

/** Whole states: their handlers keep the newest, so nothing waits and nothing is blocked. */
function planNewest(events: readonly IncomingEvent[]): Planned {
  const [invalid, apply] = [true, false].map((wanted) =>
    events.filter(({ content }) => (content.kind === 'invalid') === wanted),
  );
  return {
    apply: apply!,
    wait: [],
    park: invalid!.map((event) => ({ event, code: 'SCHEMA_INVALID' })),
    skipped: 0,
    positions: new Map(),
    writes: new Map(),
    waitedFor: new Map(),
  };
}

const reasonOf = ({ head, content }: IncomingEvent): ParkReason =>
  schemaInvalid(head.type, content.kind === 'invalid' ? content.problems : '');

const blockedAggregates = ({ park }: Plan): string[] => [
  ...new Set(park.filter(({ event }) => !event.head.replay).map(({ event }) => event.lane)),
];

/** The message of an unforeseen error may hold values of a row: its class and SQLSTATE say enough. */
const nameOf = (error: unknown): object => ({
  name: error instanceof Error ? error.name : typeof error,
  code: (error as { code?: unknown } | null)?.code,
  stack:
    error instanceof Error
      ? error.stack
          ?.split('\n')
          .filter((line) => line.trimStart().startsWith('at '))
          .slice(0, 8)
          .join('\n')
      : undefined,
});

async function limited(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(handlerTimeout(limitMs)), limitMs);
  });
  // Once the limit has passed the transaction is rolled back: whatever the handler still does fails on its own.
  work.catch(() => undefined);
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
