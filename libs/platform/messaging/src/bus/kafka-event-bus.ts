import { setTimeout as delay } from 'node:timers/promises';
import type { Topic } from '@pfi/contracts';
import kafkajs, { type Admin, type Kafka as KafkaClient, type KafkaConfig, type Producer } from 'kafkajs';
import { MessagingError } from '../errors.js';
import { type MessagingLogger, silentLogger } from '../logger.js';
import { EventBus, type OutgoingRecord, type Subscription, type SubscriptionOptions } from './event-bus.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { stopIdleTimers } from './kafkajs-idle-timers.js';
import { kafkajsLog } from './kafkajs-log.js';

const { CompressionTypes, Kafka, logLevel, Partitioners } = kafkajs;

export interface KafkaEventBusOptions {
  /** `host:port` (PFI_KAFKA_BROKERS). */
  readonly brokers: readonly string[];
  /** Name of the service, for the broker's logs. */
  readonly clientId: string;
  /** PFI_KAFKA_TOPIC_PREFIX; goes before topic names and group ids. */
  readonly topicPrefix?: string | undefined;
  /** PFI_KAFKA_SASL_*. */
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
  /** TLS is used when present; `ca` is the content (PEM) of PFI_KAFKA_TLS_CA_FILE. */
  readonly tls?: { readonly ca?: string } | undefined;
  readonly gzip?: boolean;
  /** Partitions of one member handled at the same time. Default 16: their records share transactions. */
  readonly concurrentPartitions?: number;
  /**
   * A fetch is followed by the next one no sooner than this, so that records which come one by one are fetched, applied and
   * committed together; the first after a pause waits for nothing. Default 20 ms.
   */
  readonly gatherMs?: number;
  /** First and longest delay before a postponed partition is tried again. Default 200 ms, 10 s. */
  readonly retryDelayMs?: { readonly first: number; readonly longest: number };
  /** Silence after which the group gives this member's partitions to others; one whose handler runs is not silent. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** Of topics created by `ensureTopics`. Default: the broker's own. */
  readonly replicationFactor?: number;
  readonly logger?: MessagingLogger;
}

const REQUEST_TIMEOUT_MS = 30_000;
const LEADERS_POLL_MS = 50;
const DAY_MS = 86_400_000;

/** The broker through kafkajs. Connects when first used. */
export class KafkaEventBus extends EventBus {
  readonly #options: KafkaEventBusOptions;
  readonly topicPrefix: string;
  readonly #kafka: KafkaClient;
  readonly #subscriptions = new Set<KafkaSubscription>();
  readonly #logger: MessagingLogger;
  #producer: Promise<Producer> | undefined;
  #admin: Promise<Admin> | undefined;

  constructor(options: KafkaEventBusOptions) {
    super();
    stopIdleTimers();
    this.#options = options;
    this.topicPrefix = options.topicPrefix ?? '';
    this.#logger = options.logger ?? silentLogger;
    this.#kafka = new Kafka(clientConfig(options, this.#logger));
  }

  override async publish(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const connecting = this.#connectedProducer();
    try {
      const producer = await connecting;
      await producer.send({
        topic: this.topicPrefix + topic,
        acks: -1,
        timeout: REQUEST_TIMEOUT_MS,
        compression: this.#options.gzip ? CompressionTypes.GZIP : CompressionTypes.None,
        messages: records.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value })),
      });
    } catch (cause) {
      this.#forgetProducer(connecting);
      throw unavailable(cause);
    }
  }

  /** A producer that does not try again by itself keeps what it knew of a broker that stood still: the next one asks anew. */
  #forgetProducer(connecting: Promise<Producer>): void {
    if (this.#producer === connecting) this.#producer = undefined;
    void connecting.then((producer) => producer.disconnect()).catch(() => undefined);
  }

  override async subscribe(options: SubscriptionOptions): Promise<Subscription> {
    const missing = await this.missingTopics(options.topics);
    if (missing.length > 0) {
      throw new MessagingError(
        'TOPIC_MISSING',
        `Topics Kafka absents : ${missing.map((topic) => this.topicPrefix + topic).join(', ')}. Les créer avec la commande de déploiement avant de démarrer le service.`,
      );
    }
    const subscription = new KafkaSubscription({
      ...options,
      kafka: this.#kafka,
      admin: () => this.#connectedAdmin(),
      prefix: this.topicPrefix,
      concurrentPartitions: this.#options.concurrentPartitions ?? 16,
      gatherMs: this.#options.gatherMs ?? 20,
      retryDelayMs: this.#options.retryDelayMs ?? { first: 200, longest: 10_000 },
      sessionTimeoutMs: this.#options.sessionTimeoutMs ?? 10_000,
      logger: this.#logger,
      onClosed: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    try {
      await subscription.start();
    } catch (cause) {
      await subscription.close();
      throw unavailable(cause);
    }
    return subscription;
  }

  override async ensureTopics(topics: readonly Topic[]): Promise<void> {
    const names = new Set(await this.missingTopics(topics.map(({ name }) => name)));
    const missing = topics.filter(({ name }) => names.has(name));
    if (missing.length === 0) return;
    const admin = await this.#connectedAdmin();
    try {
      await admin.createTopics({
        waitForLeaders: false,
        topics: missing.map(({ name, partitions, retentionDays }) => ({
          topic: this.topicPrefix + name,
          numPartitions: partitions,
          replicationFactor: this.#options.replicationFactor ?? -1,
          configEntries: [{ name: 'retention.ms', value: String(retentionDays * DAY_MS) }],
        })),
      });
      const deadline = performance.now() + REQUEST_TIMEOUT_MS;
      for (const topic of missing) await this.#untilLed(admin, topic, deadline);
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /**
   * Until each partition has a leader that serves it. The controller answers before the brokers have heard of a new topic, and metadata
   * name a leader before it takes records: `waitForLeaders` of kafkajs is content with the name.
   */
  async #untilLed(admin: Admin, { name, partitions }: Topic, deadline: number): Promise<void> {
    for (;;) {
      try {
        if ((await admin.fetchTopicOffsets(this.topicPrefix + name)).length >= partitions) return;
        throw new Error(`${name} has not all its partitions yet`);
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
      await delay(LEADERS_POLL_MS);
    }
  }

  override async missingTopics(topics: readonly string[]): Promise<readonly string[]> {
    try {
      const known = new Set(await (await this.#connectedAdmin()).listTopics());
      return topics.filter((topic) => !known.has(this.topicPrefix + topic));
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  override async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    const clients = await Promise.allSettled([this.#producer, this.#admin]);
    this.#producer = undefined;
    this.#admin = undefined;
    await Promise.allSettled(
      clients.map((client) => (client.status === 'fulfilled' ? client.value?.disconnect() : undefined)),
    );
  }

  #connectedProducer(): Promise<Producer> {
    return (this.#producer ??= this.#connect(
      this.#kafka.producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        maxInFlightRequests: 1,
        idempotent: false,
        // The relay tries again by itself; it has to know within the time of one request that the broker is out of reach.
        retry: { retries: 0 },
      }),
      () => (this.#producer = undefined),
    ));
  }

  #connectedAdmin(): Promise<Admin> {
    return (this.#admin ??= this.#connect(this.#kafka.admin(), () => (this.#admin = undefined)));
  }

  async #connect<Client extends { connect(): Promise<void> }>(client: Client, forget: () => void): Promise<Client> {
    try {
      await client.connect();
      return client;
    } catch (error) {
      forget();
      throw error;
    }
  }
}

const unavailable = (cause: unknown): MessagingError =>
  cause instanceof MessagingError
    ? cause
    : new MessagingError(
        'EVENT_BUS_UNAVAILABLE',
        'Kafka ne répond pas. Vérifier PFI_KAFKA_BROKERS et l’état du cluster.',
        { cause },
      );

function clientConfig(options: KafkaEventBusOptions, logger: MessagingLogger): KafkaConfig {
  return {
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 5_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logLevel: logLevel.WARN,
    logCreator: kafkajsLog(logger),
    retry: { initialRetryTime: 100, retries: 5, maxRetryTime: 5_000 },
    ...(options.tls && { ssl: options.tls.ca ? { ca: [options.tls.ca] } : true }),
    ...(options.sasl && { sasl: options.sasl as NonNullable<KafkaConfig['sasl']> }),
  };
}
