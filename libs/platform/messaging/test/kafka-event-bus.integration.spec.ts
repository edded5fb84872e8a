import { randomUUID } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { describeEventBus } from './event-bus.suite.js';
import { testBus, testBrokers } from './test-bus.js';
import { until } from './until.js';

jest.setTimeout(120_000);

/** The shortest that a broker accepts unless told otherwise. */
const SESSION_MS = 6_000;

describeEventBus('KafkaEventBus', () => testBus({ sessionTimeoutMs: SESSION_MS }), SESSION_MS);

const inItsOwnWay: PartitionAssigner = (config) => ({
  ...kafkajs.PartitionAssigners.roundRobin(config),
  name: 'InItsOwnWay',
});

describe('a subscription that kafkajs gives up for good', () => {
  it('begins again by itself, and is still paused when it was', async () => {
    const bus = testBus();
    const topic = `again.${randomUUID()}`;
    const groupId = randomUUID();
    await bus.ensureTopics([
      { name: topic, owner: 'test', consumers: [], key: 'any', partitions: 1, retentionDays: 1 },
    ]);
    // Whoever cannot agree with a group on how to share the partitions is turned away, and kafkajs holds that to be final.
    const kafka = new kafkajs.Kafka({ brokers: testBrokers(), logLevel: kafkajs.logLevel.NOTHING });
    const other = kafka.consumer({
      groupId: bus.topicPrefix + groupId,
      partitionAssigners: [inItsOwnWay],
    });
    await other.connect();
    await other.subscribe({ topics: [bus.topicPrefix + topic] });
    const joined = new Promise((resolve) => other.on(other.events.GROUP_JOIN, resolve));
    await other.run({ eachMessage: async () => undefined });
    await joined;

    const seen: string[] = [];
    const subscription = await bus.subscribe({
      groupId,
      topics: [topic],
      handler: async ({ records, commit }) => {
        seen.push(...records.map(({ value }) => value.toString()));
        await commit(records.at(-1)!);
      },
    });
    subscription.pause();
    await other.disconnect();
    await bus.publish(topic, [{ key: 'k', headers: {}, value: Buffer.from('one') }]);
    const admin = kafka.admin();
    await admin.connect();
    await until(async () => {
      const { groups } = await admin.describeGroups([bus.topicPrefix + groupId]);
      return groups[0]?.state === 'Stable' && groups[0].members.length === 1;
    });
    await admin.disconnect();
    expect(seen).toEqual([]);
    subscription.resume();
    await until(async () => seen.length > 0);
    expect(seen).toEqual(['one']);
    await bus.close();
  });
});
