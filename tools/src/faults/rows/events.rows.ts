import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { patientChangedV1, topics, type PayloadOf } from '@pfi/contracts';
import { KafkaEventBus } from '@pfi/platform-messaging';
import { newPatient } from '../../demo/player/index.js';
import type { FaultContext, Row } from '../row.js';

interface Published {
  readonly topic: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
  readonly key: string;
}

const OWNER = 'ej:990000101';
const DOMAIN_OWNER = 'dom:brume';

function event(topic: string, type: string, payload: string, change: Record<string, string> = {}): Published {
  const aggregate = randomUUID();
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_type: type,
    ce_source: 'faults',
    ce_time: new Date().toISOString(),
    ce_subject: aggregate,
    pfi_owner: OWNER,
    pfi_aggregate: aggregate,
    pfi_sequence: '1',
    ...change,
  };
  return { topic, value: Buffer.from(payload), headers, key: aggregate };
}

async function publish({ stack }: FaultContext, events: readonly Published[]): Promise<void> {
  const bus = new KafkaEventBus({ brokers: stack.kafkaBrokers.split(','), clientId: 'pfi-faults' });
  for (const { topic, ...record } of events) await bus.publish(topic, [record]);
  await bus.close();
}

interface Parked {
  readonly id: string;
  readonly code: string;
  readonly eventId: string | null;
}

interface ParkedPage {
  readonly items: readonly Parked[];
  readonly next: string | null;
}

/** Parked events that an operator of the group sees at a service. */
async function parkedAt({ api, stack }: FaultContext, service: string): Promise<readonly Parked[]> {
  const path = `/api/${service.replace(/-gateway$/, '')}/v1/parked-events`;
  const found: Parked[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { readonly body: ParkedPage } = await api.exchange<ParkedPage>(
      `${stack.url(service)}${path}?limit=200${query}`,
    );
    found.push(...page.body.items);
    cursor = page.body.next;
  } while (cursor !== null);
  return found;
}

/** Waits until these events are parked at a service, within the minute that is allowed. */
async function seenParked(context: FaultContext, service: string, ids: readonly string[]): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const parked = new Set((await parkedAt(context, service)).map(({ eventId }) => eventId));
    const missing = ids.filter((id) => !parked.has(id));
    if (missing.length === 0) return;
    if (performance.now() > deadline)
      return context.fail(`${service} has not parked ${missing.length} of ${ids.length} events`);
    await delay(500);
  }
}

const { identity, documents, dmp } = topics;

const somebody = (patientId: string): PayloadOf<typeof patientChangedV1> => ({
  ...{ patientId, version: 1, domain: 'brume', identifiers: [], ins: null, status: 'provisoire', mergedInto: null },
  traits: newPatient({ name: 'CHU-BRUME', oid: '1.2' }).traits,
  fictitious: false,
  dmpOpposition: 'unknown',
});

function hangingEvent(): { readonly patientId: string; readonly event: Published } {
  const patientId = randomUUID();
  const headers = { pfi_owner: DOMAIN_OWNER, pfi_aggregate: patientId };
  return {
    patientId,
    event: event(identity.name, patientChangedV1.type, JSON.stringify(somebody(patientId)), headers),
  };
}

/** Whoever writes this patient sleeps, inside PostgreSQL. @returns what takes that back */
async function hang({ admin }: FaultContext, patientId: string): Promise<() => Promise<void>> {
  const run = async (...statements: readonly string[]) => {
    const client = await admin();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  await run(
    'CREATE SCHEMA IF NOT EXISTS faults',
    'GRANT USAGE ON SCHEMA faults TO PUBLIC',
    `CREATE OR REPLACE FUNCTION faults.hang() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$`,
    `CREATE TRIGGER fault_hang BEFORE INSERT OR UPDATE ON documents.identity
     FOR EACH ROW WHEN (NEW.patient_id = '${patientId}') EXECUTE FUNCTION faults.hang()`,
  );
  return () => run('DROP TRIGGER IF EXISTS fault_hang ON documents.identity');
}

const poison: Row = {
  id: 'T-X1',
  what: 'events that no handler can take: no JSON, wrong shape, unknown version, too large, no envelope; one whose handler hangs for ten minutes',
  recoverWithinS: 60,
  async disturb(context) {
    const { random, traffic, note } = context;
    await traffic.reaches(random.next() * 0.3);
    const forDocuments = [
      event(identity.name, 'identity.patient-changed.v1', 'no json', { pfi_owner: DOMAIN_OWNER }),
      event(identity.name, 'identity.patient-changed.v1', JSON.stringify({ patientId: 7 }), {
        pfi_owner: DOMAIN_OWNER,
      }),
      event(dmp.name, 'dmp.deposit-accepted.v1', JSON.stringify({ filler: 'x'.repeat(200_000) })),
    ];
    const forGateway = [event(documents.name, 'documents.delivery-requested.v1', '{"deliveryId": null}')];
    const hanging = hangingEvent();
    const unhang = await hang(context, hanging.patientId);
    const nobodys = event(documents.name, 'documents.delivery-requested.v1', '{}', { ce_id: 'not an id' });
    try {
      await publish(context, random.shuffled([...forDocuments, ...forGateway, nobodys, hanging.event]));
      const ids = (of: readonly Published[]) => of.map(({ headers }) => headers['ce_id'] ?? '');
      await seenParked(context, 'documents', ids([...forDocuments, hanging.event]));
      await seenParked(context, 'dmp-gateway', ids(forGateway));
    } finally {
      await unhang();
    }
    note(`${forDocuments.length + forGateway.length + 2} events`);
  },
};

const schemas: Row = {
  id: 'T-SCHEMA',
  what: 'events of a newer writer: more fields are read as far as they are known, an unknown version is parked',
  recoverWithinS: 60,
  async disturb(context) {
    const { admin, note, fail } = context;
    const patientId = randomUUID();
    const payload = { ...somebody(patientId), later: { more: [1, 2] } };
    const newer = event(identity.name, patientChangedV1.type, JSON.stringify(payload), {
      ...{ pfi_owner: DOMAIN_OWNER, pfi_aggregate: patientId },
    });
    const unknown = event(identity.name, 'identity.patient-changed.v9', '{}', { pfi_owner: DOMAIN_OWNER });
    await publish(context, [newer, unknown]);
    await seenParked(context, 'documents', [unknown.headers['ce_id'] ?? '']);
    const client = await admin();
    const { rows } = await client.query('SELECT FROM documents.identity WHERE patient_id = $1', [patientId]);
    await client.end();
    if (rows.length !== 1) fail('an event with more fields was not taken in');
    note('one event with more fields, one of an unknown version');
  },
};

const replayed: Row = {
  id: 'T-X2',
  what: 'everything that is parked is replayed, twice',
  recoverWithinS: 120,
  async disturb(context) {
    const { api, stack, traffic, simulator, note, fail } = context;
    await traffic.reaches(0.5);
    const before = await simulator.entries();
    let replays = 0;
    for (let round = 0; round < 2; round += 1) {
      for (const service of ['identity', 'documents', 'dmp-gateway', 'mss-gateway', 'indicators']) {
        const path = `/api/${service.replace(/-gateway$/, '')}/v1/parked-events`;
        for (const { id } of await parkedAt(context, service)) {
          const { status } = await api.exchange(`${stack.url(service)}${path}/${id}/replay`, { method: 'POST' });
          if (status >= 500) fail(`the replay of an event at ${service} was answered ${status}`);
          replays += 1;
        }
      }
      for (const { id } of await api.documents({ state: 'parked' })) {
        const { status } = await api.exchange(`${api.documentsUrl}/documents/${id}/replay`, { method: 'POST' });
        if (status >= 500) fail(`the replay of a document was answered ${status}`);
        replays += 1;
      }
    }
    note(`${replays} replays`);
    const known = new Map(before.map(({ entryUuid, status }) => [entryUuid, status]));
    const twice = [...Map.groupBy(await simulator.entries(), ({ uniqueId }) => uniqueId).values()].filter(
      (entries) => entries.length > 1 && entries.some(({ entryUuid }) => !known.has(entryUuid)),
    );
    if (twice.length > 0) fail(`${twice.length} documents have two entries in the DMP since`);
  },
};

export const events: readonly Row[] = [poison, schemas, replayed];
