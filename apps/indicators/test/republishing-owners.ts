import { randomUUID } from 'node:crypto';
import { httpListener, type HttpListener } from '@pfi/platform-testing';
import type { Told } from './stories.js';

/** What a replay of current state would say, from everything that was told. */
export function republished(all: readonly Told[], topic: string): Told[] {
  const last = new Map<string, Told>();
  const sequences = new Map<string, number>();
  for (const event of all) {
    if (event.topic !== topic) continue;
    last.set(stateKey(event), event);
    sequences.set(event.aggregate, Math.max(event.sequence, sequences.get(event.aggregate) ?? 0));
  }
  return [...last.values()].map((event) => ({
    ...event,
    id: randomUUID(),
    replay: true,
    sequence: sequences.get(event.aggregate) ?? event.sequence,
  }));
}

/** One patient, stay or document; of a delivery, the last request and the last outcome. */
function stateKey({ type, payload }: Told): string {
  const { patientId, stayId, documentId, deliveryId } = payload as Record<string, string>;
  if (type.startsWith('identity.')) return stayId ?? patientId ?? '';
  return deliveryId ?? documentId ?? '';
}

/** The services that own facts, as far as their internal door for republication goes. */
export class RepublishingOwners {
  readonly urls: Record<string, string> = {};
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve();
  readonly asked: string[] = [];
  readonly #listeners: HttpListener[] = [];

  static async open(
    topics: Readonly<Record<string, string>>,
    told: () => readonly Told[],
    publish: (events: readonly Told[]) => Promise<void>,
  ): Promise<RepublishingOwners> {
    const owners = new RepublishingOwners();
    for (const [variable, topic] of Object.entries(topics)) {
      const done = new Map<string, Record<string, number>>();
      const listener = await httpListener(async (request, _body, response) => {
        const answer = (status: number, body: object) =>
          void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        if (!request.headers.authorization?.startsWith('Bearer ')) return answer(401, {});
        if (request.method === 'GET') {
          const id = request.url?.split('/').at(-1) ?? '';
          const published = done.get(id);
          return answer(200, { id, state: published ? 'done' : 'running', published: published ?? {} });
        }
        const id = randomUUID();
        owners.asked.push(variable);
        answer(202, { id, state: 'running', published: {} });
        await owners.gate;
        const events = republished(told(), topic);
        await publish(events);
        const types = Map.groupBy(events, ({ type }) => type);
        done.set(id, Object.fromEntries([...types].map(([type, found]) => [type, found.length])));
      });
      owners.#listeners.push(listener);
      owners.urls[variable] = listener.url;
    }
    return owners;
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}
