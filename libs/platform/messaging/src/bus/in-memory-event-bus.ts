import type { Topic } from '@pfi/contracts';
import { MessagingError } from '../errors.js';
import {
  EventBus,
  type BusBatch,
  type BusRecord,
  type OutgoingRecord,
  type Subscription,
  type SubscriptionOptions,
} from './event-bus.js';
import { type RetryDelay, retryDelay } from './retry-delay.js';

interface Partition {
  readonly records: BusRecord[];
}

/** The behaviour of the broker inside one process, for tests. Members of one group share the partitions in turn. */
export class InMemoryEventBus extends EventBus {
  readonly #topics = new Map<string, Partition[]>();
  readonly #groups = new Map<string, Group>();
  readonly #retryDelayMs: RetryDelay;

  constructor(options: { readonly retryDelayMs?: RetryDelay } = {}) {
    super();
    this.#retryDelayMs = options.retryDelayMs ?? { first: 5, longest: 50 };
  }

  override async publish(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const partitions = this.#topics.get(topic);
    if (!partitions) throw new MessagingError('EVENT_BUS_UNAVAILABLE', `Le topic ${topic} n’existe pas.`);
    for (const record of records) {
      const partition = hash(record.key) % partitions.length;
      const log = partitions[partition]!.records;
      log.push({ ...record, headers: { ...record.headers }, topic, partition, offset: BigInt(log.length) });
    }
    for (const group of this.#groups.values()) group.wake();
  }

  override async subscribe(options: SubscriptionOptions): Promise<Subscription> {
    const missing = await this.missingTopics(options.topics);
    if (missing.length > 0) throw new MessagingError('TOPIC_MISSING', `Topics absents : ${missing.join(', ')}.`);
    const group = this.#groups.get(options.groupId) ?? new Group(this.#topics, this.#retryDelayMs);
    this.#groups.set(options.groupId, group);
    return group.join(options);
  }

  override async ensureTopics(topics: readonly Topic[]): Promise<void> {
    for (const { name, partitions } of topics) {
      if (!this.#topics.has(name))
        this.#topics.set(
          name,
          Array.from({ length: partitions }, () => ({ records: [] })),
        );
    }
  }

  override async missingTopics(topics: readonly string[]): Promise<readonly string[]> {
    return topics.filter((topic) => !this.#topics.has(topic));
  }

  override async close(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
  }
}

class Member implements Subscription {
  paused = false;
  closed = false;
  readonly inHand = new Set<Promise<void>>();

  constructor(
    readonly options: SubscriptionOptions,
    private readonly group: Group,
  ) {}

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.group.wake();
  }

  async lag(): Promise<number> {
    return this.group.lag(this);
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.inHand);
    this.group.leave(this);
  }
}

class Group {
  readonly #committed = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #members: Member[] = [];

  constructor(
    private readonly topics: ReadonlyMap<string, Partition[]>,
    private readonly retryDelayMs: RetryDelay,
  ) {}

  join(options: SubscriptionOptions): Member {
    const member = new Member(options, this);
    this.#members.push(member);
    this.wake();
    return member;
  }

  leave(member: Member): void {
    this.#members = this.#members.filter((other) => other !== member);
    this.wake();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#members].map((member) => member.close()));
  }

  lag(member: Member): number {
    let lag = 0;
    for (const topic of member.options.topics) {
      const members = this.#membersOf(topic);
      this.topics.get(topic)?.forEach(({ records }, index) => {
        if (members[index % members.length] === member)
          lag += records.length - (this.#committed.get(`${topic}/${index}`) ?? 0);
      });
    }
    return lag;
  }

  wake(): void {
    for (const [topic, partitions] of this.topics) {
      const members = this.#membersOf(topic);
      if (members.length === 0) continue;
      partitions.forEach((partition, index) =>
        this.#deliver(topic, index, partition, members[index % members.length]!),
      );
    }
  }

  #membersOf(topic: string): Member[] {
    return this.#members.filter(({ options, closed }) => !closed && options.topics.includes(topic));
  }

  #deliver(topic: string, index: number, partition: Partition, member: Member): void {
    const name = `${topic}/${index}`;
    const from = this.#committed.get(name) ?? 0;
    if (member.paused || this.#busy.has(name) || from >= partition.records.length) return;
    this.#busy.add(name);
    const records = partition.records.slice(from);
    const work = this.#handle(name, { topic, partition: index, records }, member).finally(() =>
      member.inHand.delete(work),
    );
    member.inHand.add(work);
  }

  async #handle(
    name: string,
    content: Pick<BusBatch, 'topic' | 'partition' | 'records'>,
    member: Member,
  ): Promise<void> {
    await Promise.resolve();
    try {
      await member.options.handler({
        ...content,
        commit: async (record) => void this.#committed.set(name, Number(record.offset) + 1),
        heartbeat: async () => {},
        isCurrent: () => !member.closed,
      });
      this.#failures.delete(name);
      this.#busy.delete(name);
      setImmediate(() => this.wake());
    } catch {
      const failures = (this.#failures.get(name) ?? 0) + 1;
      this.#failures.set(name, failures);
      const timer = setTimeout(
        () => {
          this.#timers.delete(timer);
          this.#busy.delete(name);
          this.wake();
        },
        retryDelay(this.retryDelayMs, failures),
      );
      this.#timers.add(timer);
    }
  }
}

function hash(key: string): number {
  let value = 7;
  for (const byte of Buffer.from(key)) value = (value * 31 + byte) >>> 0;
  return value;
}
