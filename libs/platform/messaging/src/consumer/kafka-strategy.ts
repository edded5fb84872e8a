import { setTimeout } from 'node:timers/promises';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { topics as contractTopics } from '@pfi/contracts';
import { type Database, GroupedCalls } from '@pfi/platform-postgres';
import type { BusBatch, BusRecord, EventBus, Subscription } from '../bus/event-bus.js';
import { type RetryDelay, retryDelay } from '../bus/retry-delay.js';
import { MessagingError } from '../errors.js';
import { type MessagingLogger, silentLogger } from '../logger.js';
import { type Applied, EventApplier, type Ordering, type Part } from './event-applier.js';
import { EventStore } from './event-store.js';
import { HandlerRegistry } from './handler-registry.js';
import { Housekeeping } from './housekeeping.js';
import type { IncomingEvent } from './incoming-event.js';
import { KAFKA_TRANSPORT } from './kafka-transport.js';
import { envelopeInvalid, ownerUnknown } from './park-reasons.js';
import { ParkedEvents } from './parked-events.js';
import { type ConsumerProgress, ProgressCounter } from './progress.js';

export interface KafkaStrategyOptions {
  readonly bus: EventBus;
  /** Fixed name of the consumer: Kafka group, and key of the inbox. Usually the service's name. */
  readonly groupId: string;
  /** Service role. */
  readonly database: Database;
  /** System role: overdue and unowned events. */
  readonly systemDatabase: Database;
  /** Scopes of a transaction on this owner, the owner among them. An owner that it refuses is parked as OWNER_UNKNOWN. */
  readonly scopesOf: (owner: string) => readonly string[];
  /** Default: `newest` for pfi.identity, `sequence` for all others. */
  readonly orderingOf?: (topic: string) => Ordering;
  /** Runs a handler inside the trace of the first event of its batch. Default: a plain call. */
  readonly runInTrace?: <T>(name: string, traceparent: string | undefined, work: () => Promise<T>) => Promise<T>;
  /** The consumer is stuck, or cannot begin. Default: log and exit with code 1. */
  readonly onFatal?: (error: Error) => void;
  readonly logger?: MessagingLogger;
  /** Records of one partition handled at once. Default 200. */
  readonly batchSize?: number;
  /** Hard limit of one call of a handler. Default 5,000. */
  readonly handlerLimitMs?: number;
  /** An event that waits for its predecessor is parked after this. Default 600,000. */
  readonly gapLimitMs?: number;
  /** Lag without progress for this long is fatal. Default 120,000. */
  readonly stuckLimitMs?: number;
  /** Days that inbox rows are kept; longer than any topic and any replay. Default 45. */
  readonly inboxRetentionDays?: number;
}

const BATCH_SIZE = 200;
/** Records of several partitions in one transaction at most. */
const TOGETHER = 500;
const SUBSCRIBE_DELAY_MS: RetryDelay = { first: 200, longest: 5_000 };

/**
 * Nest transport for events. Partitions whose records come at the same time share a transaction of each owner. Offsets are committed after the database; a handler's error parks its event and never stops the
 * partition; a database that is down pauses it.
 */
export class KafkaStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = KAFKA_TRANSPORT;
  override readonly propagatesEventHandlerErrors = true;
  readonly parkedEvents: ParkedEvents;
  readonly #options: KafkaStrategyOptions;
  readonly #log: MessagingLogger;
  readonly #store: EventStore;
  readonly #counter = new ProgressCounter();
  readonly #closed = new AbortController();
  readonly #applying: GroupedCalls<Part, Applied>;
  #applier: EventApplier | undefined;
  #subscription: Subscription | undefined;
  #housekeeping: Housekeeping | undefined;

  constructor(options: KafkaStrategyOptions) {
    super();
    this.#options = options;
    this.#log = options.logger ?? silentLogger;
    this.#store = new EventStore(options.groupId);
    this.#applying = new GroupedCalls({
      keyOf: ({ owner, ordering }) => `${owner} ${ordering}`,
      weightOf: ({ events }) => events.length,
      limit: Math.max(options.batchSize ?? BATCH_SIZE, TOGETHER),
      run: (parts) => this.#ready().applyTogether(parts),
    });
    this.parkedEvents = new ParkedEvents(
      options.groupId,
      options.database,
      this.#store,
      () => this.#ready(),
      options.scopesOf,
    );
  }

  /** For health and liveness. */
  get progress(): ConsumerProgress {
    return this.#counter.snapshot;
  }

  /** Records that the partitions of this member have left to do. Raises EVENT_BUS_UNAVAILABLE. */
  async lag(): Promise<number> {
    return (await this.#subscription?.lag()) ?? 0;
  }

  override on(): never {
    throw new Error('KafkaStrategy emits no events: read `progress`');
  }

  override unwrap<T>(): T {
    return this.#options.bus as T;
  }

  /**
   * Does not wait for the broker: it may be away, or still hold the place of a member that was killed, and the other doors of
   * the service must open all the same. `progress.running` tells when events are consumed.
   */
  override listen(callback: (error?: unknown) => void): void {
    try {
      const topics = this.#prepare();
      callback();
      if (topics.length > 0) void this.#subscribe(topics);
    } catch (error) {
      callback(error);
    }
  }

  /** Pauses, ends the batch in hand, commits, leaves the group. The databases must still be open. */
  override async close(): Promise<void> {
    this.#closed.abort();
    await this.#housekeeping?.close();
    await this.#subscription?.close();
    this.#counter.running = false;
  }

  #prepare(): readonly string[] {
    const { database, groupId } = this.#options;
    const handlers = new HandlerRegistry(this.messageHandlers);
    this.#applier = new EventApplier({
      consumer: groupId,
      database,
      store: this.#store,
      handlers,
      orderingOf: this.#options.orderingOf ?? defaultOrdering,
      runInTrace: this.#options.runInTrace ?? ((_name, _traceparent, work) => work()),
      handlerLimitMs: this.#options.handlerLimitMs ?? 5_000,
      gapLimitMs: this.#options.gapLimitMs ?? 600_000,
      logger: this.#log,
    });
    return handlers.topics;
  }

  /** Joins the group, again and again while the broker is away. Any other fault (a topic that is missing) is fatal. */
  async #subscribe(topics: readonly string[]): Promise<void> {
    for (let failures = 0; !this.#closed.signal.aborted; failures += 1) {
      try {
        const subscription = await this.#options.bus.subscribe({
          groupId: this.#options.groupId,
          topics,
          handler: (batch) => this.#handle(batch),
        });
        if (this.#closed.signal.aborted) await subscription.close();
        else this.#running(subscription);
        return;
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        if (!(error instanceof MessagingError) || error.code !== 'EVENT_BUS_UNAVAILABLE') {
          this.#fatal(error as Error);
          return;
        }
        this.#log.warn({ code: error.code, failures }, 'consumer not started, the bus is unreachable');
        await setTimeout(retryDelay(SUBSCRIBE_DELAY_MS, failures + 1), undefined, {
          signal: this.#closed.signal,
        }).catch(() => undefined);
      }
    }
  }

  #running(subscription: Subscription): void {
    const { systemDatabase } = this.#options;
    this.#subscription = subscription;
    this.#counter.running = true;
    this.#counter.touch();
    this.#housekeeping = new Housekeeping({
      store: this.#store,
      systemDatabase,
      lag: () => this.lag(),
      replay: (owner, ids) => this.parkedEvents.replay(this.#options.scopesOf(owner), ids),
      counter: this.#counter,
      onFatal: (error) => this.#fatal(error),
      logger: this.#log,
      gapLimitMs: this.#options.gapLimitMs ?? 600_000,
      stuckLimitMs: this.#options.stuckLimitMs ?? 120_000,
      inboxRetentionDays: this.#options.inboxRetentionDays ?? 45,
    });
    this.#housekeeping.start();
  }

  async #handle(batch: BusBatch): Promise<void> {
    const size = this.#options.batchSize ?? BATCH_SIZE;
    for (let from = 0; from < batch.records.length && batch.isCurrent(); from += size) {
      const records = batch.records.slice(from, from + size);
      this.#counter.touch();
      try {
        await this.#apply(records, batch);
        this.#counter.postponed = false;
      } catch (error) {
        this.#counter.postponed = true;
        throw error;
      } finally {
        this.#counter.touch();
      }
      await batch.commit(records.at(-1)!);
      await batch.heartbeat();
    }
  }

  async #apply(records: readonly BusRecord[], batch: BusBatch): Promise<void> {
    const applier = this.#ready();
    const events: IncomingEvent[] = [];
    for (const record of records) {
      const event = applier.read(record);
      if ('wrong' in event) await this.#parkUnowned(record, envelopeInvalid(event.wrong));
      else events.push(event);
    }
    for (const [owner, ofOwner] of Map.groupBy(events, ({ head }) => head.owner)) {
      const scopes = this.#scopesOf(owner);
      if (scopes) {
        const between = async (): Promise<void> => {
          this.#counter.touch();
          await batch.heartbeat();
        };
        const ordering = applier.orderingOf(batch.topic);
        this.#counter.add(await this.#applying.call({ owner, scopes, ordering, events: ofOwner, between }));
      } else {
        for (const { raw } of ofOwner) await this.#parkUnowned(raw as BusRecord, ownerUnknown);
      }
    }
  }

  #scopesOf(owner: string): readonly string[] | undefined {
    try {
      const scopes = this.#options.scopesOf(owner);
      return scopes.includes(owner) ? scopes : undefined;
    } catch (error) {
      this.#log.error({ owner, code: (error as { code?: unknown }).code }, 'owner unknown');
      return undefined;
    }
  }

  async #parkUnowned(record: BusRecord, reason: { readonly code: string; readonly textFr: string }): Promise<void> {
    const place = `${record.topic}/${record.partition}/${record.offset}`;
    await this.#options.systemDatabase.transaction([], (tx) => this.#store.parkUnowned(tx, record, place, reason));
    this.#counter.add({ applied: 0, duplicates: 0, parked: 1, waiting: 0 });
    this.#log.error({ groupId: this.#options.groupId, place, code: reason.code }, 'record parked');
  }

  #ready(): EventApplier {
    if (!this.#applier) throw new MessagingError('CONSUMER_STUCK', 'Le consommateur n’a pas encore démarré.');
    return this.#applier;
  }

  #fatal(error: Error): void {
    this.#counter.running = false;
    this.#log.error(
      { groupId: this.#options.groupId, code: (error as { code?: unknown }).code, error: error.message },
      'consumer dead, the process must restart',
    );
    if (this.#options.onFatal) this.#options.onFatal(error);
    else process.exit(1);
  }
}

const defaultOrdering = (topic: string): Ordering => (topic === contractTopics.identity.name ? 'newest' : 'sequence');

export type { Ordering };
