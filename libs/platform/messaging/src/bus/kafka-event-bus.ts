import type { Topic } from '@pfi/contracts';
import { EventBus, type OutgoingRecord, type Subscription, type SubscriptionOptions } from './event-bus.js';

export interface KafkaEventBusOptions {
  /** `host:port` (PFI_KAFKA_BROKERS). */
  readonly brokers: readonly string[];
  /** Name of the service, for the broker's logs. */
  readonly clientId: string;
  /** PFI_KAFKA_TOPIC_PREFIX; goes before topic names and group ids. */
  readonly topicPrefix?: string;
  /** PFI_KAFKA_SASL_*. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** Content (PEM) of PFI_KAFKA_TLS_CA_FILE; TLS is used when `tls` is present. */
  readonly tls?: { readonly ca?: string };
  readonly gzip?: boolean;
  /** Partitions of one member handled at the same time. Default 4. */
  readonly concurrentPartitions?: number;
  /** First and longest delay before a postponed partition is tried again. Default 200 ms, 10 s. */
  readonly retryDelayMs?: { readonly first: number; readonly longest: number };
  readonly replicationFactor?: number;
  readonly logger?: MessagingLogger;
}

export interface MessagingLogger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export declare class KafkaEventBus extends EventBus {
  constructor(options: KafkaEventBusOptions);
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  subscribe(options: SubscriptionOptions): Promise<Subscription>;
  ensureTopics(topics: readonly Topic[]): Promise<void>;
  missingTopics(topics: readonly string[]): Promise<readonly string[]>;
  close(): Promise<void>;
}
