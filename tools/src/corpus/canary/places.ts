import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { Stack } from '../../stack/stack.js';

/** Somewhere a person who may not know patients can look. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** All that the processes of the platform and its servers wrote. */
export function logPlaces(stateDir: string): Place[] {
  const folder = join(stateDir, 'logs');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: `log ${relative(folder, file)}`, text: readFileSync(file, 'latin1') }));
}

/** `/metrics` of each service. */
export function metricsPlaces(stack: Stack, services: readonly string[]): Promise<Place[]> {
  return Promise.all(
    services.map(async (name) => {
      const answer = await fetch(`${stack.url(name)}/metrics`, { signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(`/metrics of ${name} answered ${answer.status}`);
      return { name: `metrics of ${name}`, text: await answer.text() };
    }),
  );
}

/** Names of the topics, and keys and headers of every record, from the first one; never what a record carries. */
export async function kafkaPlaces(brokers: string): Promise<Place[]> {
  const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'pfi-corpus', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({ groupId: `pfi-corpus-${process.pid}-${Date.now()}` });
  try {
    const names = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'));
    const left = await unread(admin, names);
    const told = new Map(names.map((topic) => [topic, [topic]]));
    await consumer.connect();
    await consumer.subscribe({ topics: names, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the topics could not be read to their ends')), 60_000);
      const done = () => {
        if ([...left.values()].some((count) => count > 0)) return;
        clearTimeout(late);
        resolve();
      };
      const eachMessage = async ({ topic, partition, message }: MessageAt) => {
        told.get(topic)?.push(message.key?.toString('latin1') ?? '', JSON.stringify(readable(message.headers)));
        const place = `${topic} ${partition}`;
        left.set(place, (left.get(place) ?? 0) - 1);
        done();
      };
      consumer.run({ eachMessage }).catch(reject);
      done();
    });
    return [...told].map(([topic, texts]) => ({ name: `Kafka keys and headers of ${topic}`, text: texts.join('\n') }));
  } finally {
    await consumer.disconnect();
    await admin.disconnect();
  }
}

type Admin = ReturnType<Kafka['admin']>;
type MessageAt = Parameters<
  NonNullable<NonNullable<Parameters<ReturnType<Kafka['consumer']>['run']>[0]>['eachMessage']>
>[0];

/** Records of each partition now, by `topic partition`. */
async function unread(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const topic of topics)
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
      counts.set(`${topic} ${partition}`, Number(high) - Number(low));
  return counts;
}

const readable = (headers: MessageAt['message']['headers'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
