import type { Topic } from '@pfi/contracts';

/** What is sent: the key keeps an aggregate on one partition; headers and key never hold a trait or an INS. */
export interface OutgoingRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

export interface BusRecord extends OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Records of one partition, in order. */
export interface BusBatch {
  /** Name of the topic as the contracts know it, without the prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly BusRecord[];
  /** Says that every record up to `record` is done and durable: it never comes again to this group. */
  commit(record: BusRecord): Promise<void>;
  /** Keeps the membership of the group; to be called at least every few seconds of work. */
  heartbeat(): Promise<void>;
  /** False once the partition went to another member or the subscription closes: stop after the work in hand. */
  isCurrent(): boolean;
}

/**
 * Resolves when it has committed what it did; what it left uncommitted comes again. A rejection postpones the partition:
 * it is paused, then delivered again from the last commit, with growing delays. Other partitions go on.
 */
export type BatchHandler = (batch: BusBatch) => Promise<void>;

export interface SubscriptionOptions {
  readonly groupId: string;
  /** Names without the prefix. A topic that does not exist is refused with TOPIC_MISSING. */
  readonly topics: readonly string[];
  readonly handler: BatchHandler;
}

export interface Subscription {
  /** No new batch starts until `resume`; the batch in hand ends. */
  pause(): void;
  resume(): void;
  /** Records not committed in the partitions of this member. Rejects when the bus is unreachable. */
  lag(): Promise<number>;
  /** Ends the batch in hand, commits, leaves the group. */
  close(): Promise<void>;
}

/** The one door to the broker. Every delivery is at least once; per key, in order. */
export abstract class EventBus {
  /** Resolves when every in-sync replica has the records; rejects with EVENT_BUS_UNAVAILABLE (nothing is known of what was stored). */
  abstract publish(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  abstract subscribe(options: SubscriptionOptions): Promise<Subscription>;
  /** Creates the topics that are missing; leaves existing ones as they are. For a deployment command, never for a service. */
  abstract ensureTopics(topics: readonly Topic[]): Promise<void>;
  /** Names among `topics` that the broker does not have. */
  abstract missingTopics(topics: readonly string[]): Promise<readonly string[]>;
  abstract close(): Promise<void>;
}
