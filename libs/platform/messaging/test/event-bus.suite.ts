import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Topic } from '@pfi/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BusBatch, EventBus, OutgoingRecord, SubscriptionOptions } from '../src/bus/event-bus.js';
import { until } from './until.js';

const topicOf = (name: string, partitions = 3): Topic => ({
  name,
  owner: 'test',
  consumers: [],
  key: 'id',
  partitions,
  retentionDays: 1,
});
const record = (key: string, text: string): OutgoingRecord => ({
  key,
  headers: { ce_id: text, note: 'é' },
  value: Buffer.from(text),
});
const texts = (batches: readonly { value: Buffer }[]): string[] => batches.map(({ value }) => value.toString());

/** What every EventBus does; `makeBus` is called once, the suite closes the bus. `sessionMs`: silence after which a member is evicted. */
export function describeEventBus(name: string, makeBus: () => EventBus, sessionMs: number): void {
  describe(`${name} as an event bus`, () => {
    let bus: EventBus;
    const newTopic = async (partitions?: number): Promise<string> => {
      const topic = `suite.${randomUUID()}`;
      await bus.ensureTopics([topicOf(topic, partitions)]);
      return topic;
    };
    const subscribe = (topic: string, handler: SubscriptionOptions['handler'], groupId: string = randomUUID()) =>
      bus.subscribe({ groupId, topics: [topic], handler });

    beforeAll(() => {
      bus = makeBus();
    });
    afterAll(() => bus.close());

    it('creates missing topics once and tells which are missing', async () => {
      const topic = `suite.${randomUUID()}`;
      expect(await bus.missingTopics([topic])).toEqual([topic]);
      await bus.ensureTopics([topicOf(topic)]);
      await bus.ensureTopics([topicOf(topic)]);
      expect(await bus.missingTopics([topic])).toEqual([]);
    });

    it('takes records for each partition of topics as soon as they are created', async () => {
      const everywhere = Array.from({ length: 60 }, (_, key) => record(String(key), 'x'));
      for (let round = 0; round < 5; round += 1) {
        const topics = Array.from({ length: 6 }, () => `suite.${randomUUID()}`);
        await bus.ensureTopics(topics.map((topic) => topicOf(topic, 12)));
        await Promise.all(topics.map((topic) => bus.publish(topic, everywhere)));
        expect(await bus.missingTopics(topics)).toEqual([]);
      }
    });

    it('refuses to subscribe to a topic that does not exist', async () => {
      await expect(subscribe(`suite.${randomUUID()}`, async () => {})).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    });

    it('delivers records of before the first subscription, with key, headers and value', async () => {
      const topic = await newTopic();
      await bus.publish(topic, [record('a', 'one')]);
      const seen: BusBatch[] = [];
      const subscription = await subscribe(topic, async (batch) => {
        seen.push(batch);
        await batch.commit(batch.records.at(-1)!);
      });
      await until(() => seen.length > 0);
      expect(seen[0]).toMatchObject({ topic });
      expect(seen[0]!.records[0]).toMatchObject({ topic, key: 'a', headers: { ce_id: 'one', note: 'é' }, offset: 0n });
      expect(texts(seen[0]!.records)).toEqual(['one']);
      await subscription.close();
    });

    it('keeps the order of a key', async () => {
      const topic = await newTopic();
      const seen: string[] = [];
      const subscription = await subscribe(topic, async (batch) => {
        seen.push(...texts(batch.records.filter(({ key }) => key === 'a')));
        await batch.commit(batch.records.at(-1)!);
      });
      for (let start = 0; start < 30; start += 10) {
        await bus.publish(
          topic,
          Array.from({ length: 10 }, (_, index) => record(index % 2 ? 'a' : 'b', String(start + index))),
        );
      }
      await until(() => seen.length === 15);
      expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => String(index * 2 + 1)));
      await subscription.close();
    });

    it('delivers again from the last commit after a failure, and other partitions meanwhile', async () => {
      const topic = await newTopic(12);
      const seen: string[] = [];
      let failures = 0;
      const subscription = await subscribe(topic, async (batch) => {
        for (const one of batch.records) {
          if (one.key === 'bad' && one.value.toString() === '2' && failures < 2) {
            failures += 1;
            throw new Error('the database is down');
          }
          seen.push(`${one.key}${one.value.toString()}`);
          await batch.commit(one);
        }
      });
      await bus.publish(topic, [record('bad', '1'), record('bad', '2'), record('bad', '3'), record('good', '1')]);
      await until(() => seen.includes('bad3') && seen.includes('good1'));
      expect(seen.filter((text) => text.startsWith('bad'))).toEqual(['bad1', 'bad2', 'bad3']);
      await subscription.close();
    });

    it('gives what was not committed to the next member of the group', async () => {
      const topic = await newTopic(1);
      const group = randomUUID();
      await bus.publish(topic, [record('a', '1'), record('a', '2'), record('a', '3')]);
      let first = true;
      const one = await subscribe(
        topic,
        async (batch) => {
          if (first) await batch.commit(batch.records[0]!);
          first = false;
        },
        group,
      );
      await until(() => !first);
      await one.close();
      const seen: string[] = [];
      const two = await subscribe(
        topic,
        async (batch) => {
          seen.push(...texts(batch.records));
          await batch.commit(batch.records.at(-1)!);
        },
        group,
      );
      await until(() => seen.length >= 2);
      expect(seen).toEqual(['2', '3']);
      await two.close();
    });

    it('gives a batch to its member alone, even if that takes longer than a session without a sign of life', async () => {
      const topic = await newTopic(1);
      const groupId = randomUUID();
      const seen: string[] = [];
      const slow: SubscriptionOptions['handler'] = async (batch) => {
        seen.push(...texts(batch.records));
        await delay(2 * sessionMs);
        await batch.commit(batch.records.at(-1)!);
      };
      const subscription = await subscribe(topic, slow, groupId);
      const idle = await subscribe(topic, slow, groupId);
      await bus.publish(topic, [record('a', 'one')]);
      await until(async () => seen.length > 0 && (await subscription.lag()) + (await idle.lag()) === 0, 60_000);
      expect(seen).toEqual(['one']);
      await subscription.close();
      await idle.close();
    });

    it('ends the batch in hand before it closes', async () => {
      const topic = await newTopic(1);
      const group = randomUUID();
      await bus.publish(topic, [record('a', '1')]);
      let release: () => void = () => {};
      const held = new Promise<void>((resolve) => (release = resolve));
      let started = false;
      let committed = false;
      const subscription = await subscribe(
        topic,
        async (batch) => {
          started = true;
          await held;
          await batch.commit(batch.records.at(-1)!);
          committed = true;
        },
        group,
      );
      await until(() => started);
      const closed = subscription.close();
      expect(committed).toBe(false);
      release();
      await closed;
      expect(committed).toBe(true);
    });

    it('starts no batch while paused, and goes on when resumed', async () => {
      const topic = await newTopic(1);
      const seen: string[] = [];
      const subscription = await subscribe(topic, async (batch) => {
        seen.push(...texts(batch.records));
        await batch.commit(batch.records.at(-1)!);
      });
      await bus.publish(topic, [record('a', '1')]);
      await until(() => seen.length === 1);
      subscription.pause();
      await bus.publish(topic, [record('a', '2')]);
      expect(await subscription.lag()).toBe(1);
      expect(seen).toEqual(['1']);
      subscription.resume();
      await until(() => seen.length === 2);
      await until(async () => (await subscription.lag()) === 0);
      await subscription.close();
    });

    it('rejects records for a topic that does not exist', async () => {
      await expect(bus.publish(`suite.${randomUUID()}`, [record('a', '1')])).rejects.toMatchObject({
        code: 'EVENT_BUS_UNAVAILABLE',
        kind: 'unavailable',
      });
    });
  });
}
