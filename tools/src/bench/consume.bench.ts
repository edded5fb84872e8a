import { setTimeout as delay } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { KafkaEventBus } from '@pfi/platform-messaging';
import { Ght, loadGhtFile } from '@pfi/platform-settings';
import { Client } from 'pg';
import { senderOf } from '../demo/player/index.js';
import type { Stack } from '../stack/stack.js';
import type { Bench } from './bench.js';
import { SpanCosts } from './span-costs.js';
import { EVENTS_A_STAY, toldStay, type ToldPlace, type ToldRecord } from './told-events.js';

const PUBLISHED_TOGETHER = 300;
const POLL_MS = 50;

/** Events that wait in Kafka for the indicators, and nobody else. */
export const consume: Bench = {
  name: 'consume',
  what: 'events of the four topics (patients, stays, documents, outcomes) waiting in Kafka, until the indicators have counted every stay',
  options: ['events'],
  async prepare({ stack }) {
    // Only the indicators listen: the others would do what the events ask.
    for (const service of ['identity', 'documents', 'dmp-gateway', 'mss-gateway']) await stack.stop(service);
  },
  async run({ stack, options, signal, say }) {
    const stays = Math.ceil(options.number('events', 100_000) / EVENTS_A_STAY);
    const database = new Client({ connectionString: stack.adminUrl });
    await database.connect();
    const counted = async (): Promise<number> => {
      const { rows } = await database.query<{ stays: number }>(
        `SELECT count(*)::int AS stays FROM indicators.verdict WHERE code = 'DS1.1' AND gross = 'numerator'`,
      );
      return rows[0]?.stays ?? 0;
    };
    try {
      await stack.stop('indicators');
      const before = await counted();
      await publish(stack, stays);
      say(`  ${stays * EVENTS_A_STAY} events are in Kafka`);
      const costs = await SpanCosts.begin(stack);
      await stack.start('indicators');
      const began = performance.now();
      while ((await counted()) < before + stays && !signal.aborted) await delay(POLL_MS);
      const seconds = (performance.now() - began) / 1000;
      const events = stays * EVENTS_A_STAY;
      return [
        { name: 'events', value: events / seconds, unit: '/s', floor: { least: 3_000 } },
        ...(await costs.figures(events, 'event')),
      ];
    } finally {
      await database.end();
    }
  },
};

async function publish(stack: Stack, stays: number): Promise<void> {
  const ght = new Ght(loadGhtFile(stack.surroundings.ghtFile, stack.env('indicators')));
  const places = ['gam', 'gam2'].map((key): ToldPlace => {
    const { legalEntity, establishment, domain, authority } = senderOf(ght, key);
    return { legalEntity, establishment, domain, authority: authority.name };
  });
  const bus = new KafkaEventBus({ brokers: stack.kafkaBrokers.split(','), clientId: 'pfi-bench' });
  try {
    for (let done = 0; done < stays; done += PUBLISHED_TOGETHER) {
      const told: ToldRecord[] = [];
      for (let stay = done; stay < Math.min(stays, done + PUBLISHED_TOGETHER); stay += 1)
        told.push(...toldStay(places[stay % places.length] as ToldPlace));
      for (const [topic, records] of Map.groupBy(told, (one) => one.topic))
        await bus.publish(
          topic.name,
          records.map(({ record }) => record),
        );
    }
  } finally {
    await bus.close();
  }
}
