import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Database } from '@pfi/platform-postgres';
import type { EventBus } from '../bus/event-bus.js';
import type { MessagingLogger } from '../logger.js';

/** `sequence`: apply the next, skip the known, wait for the missing. `newest`: every event holds the whole state, handlers keep the newest. */
export type Ordering = 'sequence' | 'newest';

export interface KafkaStrategyOptions {
  readonly bus: EventBus;
  /** Fixed name of the consumer: Kafka group and key of inbox rows. Usually the service's name. */
  readonly groupId: string;
  /** Service role. */
  readonly database: Database;
  /** System role: finds waiting events of every owner. */
  readonly systemDatabase: Database;
  readonly scopesOf: (owner: string) => readonly string[];
  /** Default: `newest` for pfi.identity, `sequence` for all others. */
  readonly orderingOf?: (topic: string) => Ordering;
  /** Runs the handler inside a trace. Default: a plain call. */
  readonly runInTrace?: <T>(name: string, traceparent: string | undefined, work: () => Promise<T>) => Promise<T>;
  /** The consumer is dead or stuck. Default: log and exit with code 1. */
  readonly onFatal?: (error: Error) => void;
  readonly logger?: MessagingLogger;
  /** Records of one transaction. Default 200. */
  readonly batchSize?: number;
  /** Hard limit of one call of a handler. Default 5,000 ms. */
  readonly handlerLimitMs?: number;
  /** A waiting event is parked after this. Default 600,000 ms. */
  readonly gapLimitMs?: number;
  /** Lag without progress for this long is fatal. Default 120,000 ms. */
  readonly stuckLimitMs?: number;
}

export interface ConsumerProgress {
  readonly running: boolean;
  /** Partitions that wait for the database. */
  readonly postponed: boolean;
  /** Instant of the last finished batch or proof of an empty lag. */
  readonly progressAt: Date;
  readonly applied: number;
  readonly duplicates: number;
  readonly parked: number;
  readonly waiting: number;
}

export declare class KafkaStrategy extends Server implements CustomTransportStrategy {
  constructor(options: KafkaStrategyOptions);
  readonly progress: ConsumerProgress;
  readonly parkedEvents: ParkedEvents;
  on(): never;
  unwrap<T>(): T;
  listen(callback: (error?: unknown) => void): Promise<void>;
  close(): Promise<void>;
}

export interface ParkedEvent {
  readonly id: string;
  readonly owner: string;
  readonly topic: string;
  readonly aggregate: string;
  readonly sequence: number;
  readonly type: string;
  readonly reasonCode: string;
  /** French, for an operator. */
  readonly reasonText: string;
  /** ISO 8601 instant. */
  readonly parkedAt: string;
}

export interface ParkedEvents {
  /** Newest first; `next` is an opaque cursor. */
  list(
    scopes: readonly string[],
    page?: { readonly limit?: number; readonly after?: string },
  ): Promise<{ readonly items: readonly ParkedEvent[]; readonly next: string | null }>;
  count(scopes: readonly string[]): Promise<number>;
  /** Runs events again, in order, with those blocked behind them. Ids outside the scopes are not found. */
  replay(
    scopes: readonly string[],
    ids: readonly string[],
  ): Promise<{ readonly applied: number; readonly stillParked: number; readonly notFound: number }>;
}
