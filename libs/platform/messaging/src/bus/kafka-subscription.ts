import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, IHeaders, Kafka } from 'kafkajs';
import { GroupedCalls } from '@pfi/platform-postgres';
import type { MessagingLogger } from '../logger.js';
import type { BusBatch, BusRecord, Subscription, SubscriptionOptions } from './event-bus.js';
import { type RetryDelay, retryDelay } from './retry-delay.js';

export interface KafkaSubscriptionOptions extends SubscriptionOptions {
  readonly kafka: Kafka;
  readonly admin: () => Promise<Admin>;
  readonly prefix: string;
  readonly concurrentPartitions: number;
  readonly gatherMs: number;
  readonly retryDelayMs: RetryDelay;
  readonly sessionTimeoutMs: number;
  readonly logger: MessagingLogger;
  readonly onClosed: () => void;
}

/**
 * One member of a consumer group. Offsets are committed by the handler alone, with `commitOffsetsIfNecessary`:
 * `consumer.commitOffsets` turns an eviction from the group into a crash without restart.
 */
export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  #consumer: Consumer;
  readonly #groupId: string;
  readonly #inHand = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Commits of several partitions that come together are one request. */
  readonly #commits = new GroupedCalls<Committing, void>({ run: (commits) => commitTogether(commits) });
  /** Partitions of this member by topic, once it has joined. */
  #assigned: Readonly<Record<string, readonly number[]>> | undefined;
  #paused = false;
  /** Of the present consumer. What is paused or resumed before it joined goes to the group when it does. */
  #state: 'joining' | 'joined' | 'given up' = 'joining';
  #beginning: Promise<void> | undefined;
  /** Monotonic, ms: when the first batch of the present fetch was begun. */
  #fetchBegan = 0;
  readonly #leaving = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
    this.#groupId = options.prefix + options.groupId;
    this.#consumer = this.#newConsumer();
  }

  #newConsumer(): Consumer {
    const { kafka, sessionTimeoutMs } = this.#options;
    const consumer = kafka.consumer({
      groupId: this.#groupId,
      allowAutoTopicCreation: false,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(3_000, sessionTimeoutMs / 3),
      // A fetch with nothing to give lasts this long, and a paused member sleeps it before it sees a resume. Idle fetches are most of
      // what an idle platform burns; longer ones would hear of a rebalance, and end at SIGTERM, later.
      maxWaitTimeInMs: 2_500,
      // A producer that was replaced uses new partitions at once: consumers must not need the usual five minutes to see them.
      metadataMaxAge: 20_000,
      retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 5, restartOnFailure: async () => true },
    });
    this.#state = 'joining';
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#state = payload.restart ? 'joining' : 'given up';
      if (!payload.restart) this.#gaveUp(payload.error);
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#state = 'joined';
      this.#assigned = payload.memberAssignment;
      if (this.#paused) consumer.pause(this.#prefixedTopics());
    });
    return consumer;
  }

  async start(): Promise<void> {
    const consumer = this.#consumer;
    await consumer.connect();
    await consumer.subscribe({
      topics: this.#options.topics.map((topic) => this.#options.prefix + topic),
      fromBeginning: true,
    });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.concurrentPartitions,
      eachBatch: (payload) => this.#track(this.#handle(payload)),
    });
  }

  /**
   * What kafkajs holds to be final seldom is, such as a coordinator that is not there yet on a broker that has just begun: it gives up
   * for good then, where a whole process would begin again only to ask the same.
   */
  #gaveUp(error: Error): void {
    this.#options.logger.warn({ groupId: this.#groupId, error: error.name }, 'consumer gave up, another one begins');
    this.#beginning ??= this.#beginAgain();
  }

  async #beginAgain(): Promise<void> {
    for (let failures = 1; this.#state === 'given up' && !this.#closing; failures += 1) {
      const wait = retryDelay(this.#options.retryDelayMs, failures);
      await delay(wait, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
      if (this.#closing) return;
      this.#consumer = this.#newConsumer();
      try {
        await this.start();
      } catch (error) {
        this.#state = 'given up';
        this.#options.logger.warn(
          { groupId: this.#groupId, failures, error: (error as Error).name },
          'consumer not begun',
        );
        await this.#consumer.disconnect().catch(() => undefined);
      }
    }
    this.#beginning = undefined;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#tell('pause');
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#tell('resume');
  }

  #tell(what: 'pause' | 'resume'): void {
    if (this.#state !== 'joined') return;
    try {
      this.#consumer[what](this.#prefixedTopics());
    } catch {
      // It is just ending: the next one is told when it joins.
    }
  }

  async lag(): Promise<number> {
    const admin = await this.#options.admin();
    const topics = this.#prefixedTopics().map(({ topic }) => topic);
    const [committed, ...ends] = await Promise.all([
      admin.fetchOffsets({ groupId: this.#groupId, topics }),
      ...topics.map((topic) => admin.fetchTopicOffsets(topic)),
    ]);
    const done = new Map(
      committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)]),
      ),
    );
    let lag = 0;
    topics.forEach((topic, index) => {
      for (const { partition, high, low } of ends[index] ?? []) {
        if (this.#assigned && !this.#assigned[topic]?.includes(partition)) continue;
        lag += Math.max(0, Number(high) - Math.max(Number(low), done.get(`${topic}/${partition}`) ?? -1));
      }
    });
    return lag;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#leave());
  }

  async #leave(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#leaving.abort();
    await Promise.allSettled([...this.#inHand, this.#beginning]);
    await this.#consumer.disconnect();
    this.#options.onClosed();
  }

  #prefixedTopics(): { topic: string }[] {
    return this.#options.topics.map((topic) => ({ topic: this.#options.prefix + topic }));
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#inHand.delete(tracked));
    this.#inHand.add(tracked);
    return tracked;
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    if (this.#closing || this.#paused || !payload.isRunning() || payload.isStale()) return;
    if (this.#inHand.size === 0) this.#fetchBegan = performance.now();
    const partition = `${payload.batch.topic}/${payload.batch.partition}`;
    const ofKafka = new Set<unknown>();
    const alive = this.#keepAlive(payload);
    try {
      await this.#options.handler(this.#batch(payload, ofKafka));
      this.#failures.delete(partition);
      await this.#gather();
    } catch (error) {
      // kafkajs must see its own errors: they make it join the group again.
      if (ofKafka.has(error)) throw error;
      this.#postpone(payload, partition, error);
    } finally {
      clearInterval(alive);
    }
  }

  /**
   * A handler that waits for its database may outlast the session, and a member that is evicted meanwhile is given the same records
   * again: it would not come past them. What Kafka says to these heartbeats it says again to the commit.
   */
  #keepAlive(payload: EachBatchPayload): NodeJS.Timeout {
    return setInterval(() => void payload.heartbeat().catch(() => undefined), this.#options.sessionTimeoutMs / 3);
  }

  /** The next fetch waits for the batches of this one: what comes meanwhile comes together. */
  async #gather(): Promise<void> {
    const left = this.#fetchBegan + this.#options.gatherMs - performance.now();
    if (left > 0) await delay(left, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
  }

  #batch(payload: EachBatchPayload, ofKafka: Set<unknown>): BusBatch {
    const { batch } = payload;
    const topic = batch.topic.slice(this.#options.prefix.length);
    const asKafka = async (call: Promise<void>): Promise<void> => {
      try {
        await call;
      } catch (error) {
        ofKafka.add(error);
        throw error;
      }
    };
    return {
      topic,
      partition: batch.partition,
      records: batch.messages.map((message) => ({
        topic,
        partition: batch.partition,
        offset: BigInt(message.offset),
        key: message.key?.toString('utf8') ?? '',
        headers: textHeaders(message.headers),
        value: message.value ?? Buffer.alloc(0),
      })),
      commit: (record: BusRecord) => {
        payload.resolveOffset(record.offset.toString());
        const offset = (record.offset + 1n).toString();
        return asKafka(this.#commits.call({ payload, topic: batch.topic, partition: batch.partition, offset }));
      },
      heartbeat: () => asKafka(payload.heartbeat()),
      isCurrent: () => !this.#closing && payload.isRunning() && !payload.isStale(),
    };
  }

  #postpone(payload: EachBatchPayload, partition: string, error: unknown): void {
    const failures = (this.#failures.get(partition) ?? 0) + 1;
    this.#failures.set(partition, failures);
    const delayMs = retryDelay(this.#options.retryDelayMs, failures);
    this.#options.logger.warn(
      { groupId: this.#groupId, partition, failures, delay: delayMs, code: (error as { code?: unknown }).code },
      'partition postponed',
    );
    if (this.#closing) return;
    // While everything is paused, pausing one partition would make kafkajs resume the others.
    if (this.#paused) return;
    const resume = payload.pause();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#paused) resume();
    }, delayMs);
    this.#timers.add(timer);
  }
}

interface Committing {
  readonly payload: EachBatchPayload;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

async function commitTogether(commits: readonly Committing[]): Promise<void[]> {
  const topics = [...Map.groupBy(commits, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset })),
  }));
  await commits.at(-1)?.payload.commitOffsetsIfNecessary({ topics });
  return commits.map(() => undefined);
}

function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) texts[name] = one.toString();
  }
  return texts;
}
