import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { topics } from '@pfi/contracts';
import { KafkaEventBus } from '@pfi/platform-messaging';
import { eventually } from '@pfi/platform-testing';
import { Kafka, logLevel } from 'kafkajs';
import { schemas, type ServiceName } from '../../stack/environment.js';
import { BrokerWay } from '../nemesis/broker-way.js';
import { nobodyDies } from '../nemesis/survivors.js';
import type { FaultContext, Row } from '../row.js';

/** Runs `outage`, and demands that the doors went on taking messages meanwhile. */
async function doorsStayOpen({ traffic, fail, note }: FaultContext, outage: () => Promise<void>): Promise<void> {
  const before = traffic.acknowledged;
  await outage();
  const taken = traffic.acknowledged - before;
  note(`${taken} messages taken meanwhile`);
  if (taken === 0) fail('no message was acknowledged while the broker was away');
}

const restarted: Row = {
  id: 'T-B1',
  what: 'the broker ends (SIGTERM or SIGKILL) and comes back after a while',
  recoverWithinS: 60,
  async disturb(context) {
    const { stack, random, traffic, short, note } = context;
    await traffic.reaches(random.next() * 0.5);
    const outageMs = short ? 3_000 : random.pick([10_000, 10_000, 30_000, 120_000]);
    const signal = random.pick(['SIGTERM', 'SIGKILL'] as const);
    note(`${signal}, away for ${outageMs / 1_000} s`);
    await nobodyDies(context, async () => {
      await doorsStayOpen(context, async () => {
        if (signal === 'SIGKILL') await stack.kill('kafka', signal);
        await stack.stop('kafka');
        await delay(outageMs);
      });
      await stack.start('kafka');
      // Watchdogs, which had nobody to ask, look at each consumer again within half a minute.
      await delay(outageMs >= 120_000 ? 35_000 : 1_000);
    });
  },
};

const frozen: Row = {
  id: 'T-B2',
  what: 'the broker stops answering (SIGSTOP) and goes on; or one instance alone is cut off from it, without a word or refused',
  recoverWithinS: 60,
  async disturb(context) {
    const { stack, random, traffic, short } = context;
    await traffic.reaches(random.next() * 0.5);
    if (random.next() < 0.5) return cutOff(context);
    await nobodyDies(context, async () => {
      await stack.kill('kafka', 'SIGSTOP');
      await doorsStayOpen(context, () => delay(short ? 5_000 : 90_000));
      await stack.kill('kafka', 'SIGCONT');
    });
  },
};

/** The instance is the only one of its service, or stands beside those that reach the broker. */
async function cutOff(context: FaultContext): Promise<void> {
  const { stack, instances, random, short, note } = context;
  const service = random.pick(['documents', 'dmp-gateway', 'mss-gateway', 'indicators'] as const);
  const barrier = random.pick(['silent', 'refused'] as const);
  // the doors of documents stay open: hospitals know no other
  const alone = service !== 'documents' && random.next() < 0.5;
  note(`${service} ${alone ? 'alone' : 'beside others'} cut off, ${barrier}`);
  const way = await BrokerWay.open(stack.kafkaBrokers);
  try {
    if (alone) for (const name of instances.of(service)) await stack.stop(name);
    const one = await stack.startReplica(service, way.environment);
    // the relay of the service is then the one that will be cut off
    if (!alone)
      for (const name of instances.of(service)) await stack.kill(name, 'SIGTERM').then(() => stack.whenReady(name));
    // by then it has its share of the partitions, or all of them
    await delay(3_000);
    way.bar(barrier);
    await delay(short ? 5_000 : 60_000);
    if (!alone && !short) await othersSend(context, service);
    way.clear();
    await delay(short ? 1_000 : 10_000);
    await stack.stop(one);
    if (alone) for (const name of instances.of(service)) await stack.start(name);
  } finally {
    await way.close();
  }
}

/** An instance that is cut off must not hold back what the others could send: a request of its own has ended by now (30 s). */
async function othersSend({ admin, fail }: FaultContext, service: ServiceName): Promise<void> {
  const client = await admin();
  const { rows } = await client.query<{ age: string | null }>(
    `SELECT extract(epoch FROM now() - min(created_at)) AS age FROM ${schemas[service]}.outbox WHERE published_at IS NULL`,
  );
  await client.end();
  const age = Number(rows[0]?.age ?? 0);
  if (age > 15) fail(`an event of ${service} has waited for ${Math.round(age)} s although others reach the broker`);
}

const PATIENCE_MS = 60_000;
const ASK_MS = 200;

const volumeLost: Row = {
  id: 'T-B3',
  what: 'the whole volume of the broker is lost: every owner publishes its state again',
  recoverWithinS: 60,
  async disturb(context) {
    const { stack, random, traffic } = context;
    await traffic.reaches(0.3 + random.next() * 0.5);
    await stack.kill('kafka');
    await stack.stop('kafka');
    rmSync(join(stack.stateDir, 'kafka', 'data'), { recursive: true, force: true });
    rmSync(join(stack.stateDir, 'kafka', 'formatted'), { force: true });
    await stack.start('kafka');
    const bus = new KafkaEventBus({ brokers: stack.kafkaBrokers.split(','), clientId: 'pfi-faults' });
    // A broker that has just begun may be up before it serves.
    await eventually(() => bus.ensureTopics(Object.values(topics)), { timeoutMs: PATIENCE_MS, everyMs: ASK_MS });
    await bus.close();
    for (const service of ['identity', 'documents', 'dmp-gateway', 'mss-gateway']) await republish(context, service);
  },
};

async function republish({ api, stack, fail, note }: FaultContext, service: string): Promise<void> {
  const url = `${stack.url(service)}/internal/v1/republish`;
  const deadline = performance.now() + PATIENCE_MS;
  const insist = <Body>(path: string, init: RequestInit = {}) =>
    eventually(() => api.exchange<Body>(path, init), { timeoutMs: deadline - performance.now(), everyMs: ASK_MS });
  const { status, body } = await insist<{ id: string }>(url, { method: 'POST' });
  if (status !== 202) return fail(`${service} did not publish its state again: ${status}`);
  for (;;) {
    const progress = await insist<{ state: string; published: Record<string, number> }>(`${url}/${body.id}`);
    if (progress.body.state === 'done') {
      const events = Object.values(progress.body.published).reduce((sum, count) => sum + count, 0);
      return note(`${service} published ${events} events again`);
    }
    if (performance.now() > deadline) return fail(`${service} has not ended publishing its state again`);
    await delay(200);
  }
}

const offsetsLost: Row = {
  id: 'T-B4',
  what: 'a consumer group loses its offsets; a topic gets one more partition',
  recoverWithinS: 60,
  async disturb({ stack, instances, random, traffic, note }) {
    await traffic.reaches(random.next() * 0.5);
    const kafka = new Kafka({
      brokers: stack.kafkaBrokers.split(','),
      clientId: 'pfi-faults',
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    await admin.connect();
    try {
      const service = random.pick(['documents', 'dmp-gateway', 'mss-gateway', 'indicators', 'identity'] as const);
      for (const name of instances.of(service)) await stack.stop(name);
      await untilDeleted(() => admin.deleteGroups([service]));
      const topic = random.pick(Object.values(topics)).name;
      const [known] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
      const count = (known?.partitions.length ?? 12) + 1;
      await admin.createPartitions({ topicPartitions: [{ topic, count }] });
      note(`offsets of ${service} deleted, ${topic} has ${count} partitions`);
      for (const name of instances.of(service)) await stack.start(name);
    } finally {
      await admin.disconnect();
    }
  },
};

/** A group is deleted once its last member has left. */
async function untilDeleted(remove: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      await remove();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(300);
    }
  }
}

export const broker: readonly Row[] = [restarted, frozen, offsetsLost, volumeLost];
