import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patientChangedV1, topics } from '@pfi/contracts';
import { readAck } from '@pfi/hl7v2';
import { routeInventory, type RunningService } from '@pfi/platform-http';
import { KafkaEventBus, Outbox, Relay, newEvent } from '@pfi/platform-messaging';
import { MllpClient } from '@pfi/platform-mllp';
import { sqlMigration, standardTables } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { ServicePlatform } from '@pfi/platform-service';
import { eventually, freePort, testIssuer, type TestIssuer } from '@pfi/platform-testing';
import { readConfig } from '../src/config.js';
import { documentsParts, migrations } from '../src/index.js';
import { controlId, freshPerson, mdm, qualified } from './test-documents.js';
import { GROUP_FILE } from './test-group.js';

const StandardTables1790000000000 = sqlMigration('StandardTables1790000000000', () => [standardTables()]);

const brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
const topicPrefix = `test-${randomUUID().slice(0, 8)}.`;

let server: TestDatabase;
let issuer: TestIssuer;
let service: RunningService;
let mllp: MllpClient;
let folder: string;
let bus: KafkaEventBus;

/** The process's own environment, for one start. */
async function start(): Promise<RunningService> {
  const ghtFile = join(folder, 'ght.yaml');
  await writeFile(ghtFile, GROUP_FILE);
  const port = await freePort();
  Object.assign(process.env, {
    PFI_ENVIRONMENT: 'trial',
    PFI_HTTP_PORT: '0',
    PFI_MLLP_PORT: String(port),
    PFI_GHT_FILE: ghtFile,
    PFI_DATABASE_URL: server.url('documents'),
    PFI_DATABASE_SYSTEM_URL: server.url('documents', 'system'),
    PFI_KAFKA_BROKERS: brokers,
    PFI_KAFKA_TOPIC_PREFIX: topicPrefix,
    PFI_OIDC_ISSUERS: issuer.issuer,
  });
  mllp = new MllpClient({ host: '127.0.0.1', port });
  const config = readConfig();
  const platform = await ServicePlatform.open({ name: 'documents', schema: 'documents', migrations, settings: config });
  return platform.run(documentsParts(platform, config));
}

beforeAll(async () => {
  if (brokers === '') throw new Error('TEST_KAFKA_BROKERS is not set');
  server = await createTestDatabase([
    { schema: 'documents', migrations },
    { schema: 'identity', migrations: [StandardTables1790000000000] },
  ]);
  issuer = await testIssuer();
  folder = await mkdtemp(join(tmpdir(), 'pfi-documents-'));
  bus = new KafkaEventBus({ brokers: [brokers], topicPrefix, clientId: 'identity-test' });
  await bus.ensureTopics(Object.values(topics));
  service = await start();
}, 120_000);
afterAll(async () => {
  await mllp.close();
  await service.stop();
  await bus.close();
  await issuer.close();
  await server.drop();
  await rm(folder, { recursive: true });
}, 60_000);

async function api(path: string): Promise<{ status: number; body: never }> {
  const token = await issuer.token({ pfi_roles: ['reader', 'operator'], pfi_scopes: ['ght'] });
  const response = await fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as never };
}

describe('the documents service', () => {
  it('is ready, has a policy on every route, and describes itself under its API', async () => {
    await eventually(async () => expect((await fetch(`${service.url}/health/ready`)).status).toBe(200), {
      timeoutMs: 30_000,
    });
    const routes = routeInventory(service.app);
    expect(routes.filter(({ policy }) => policy === 'none')).toEqual([]);
    expect(routes.map(({ path }) => path)).toContain('/api/documents/v1/parked-events/:id/replay');
    expect((await fetch(`${service.url}/api/documents/v1/openapi.json`)).status).toBe(200);
    expect(await api('/api/documents/v1/parked-events')).toEqual({ status: 200, body: { items: [], next: null } });
  });

  it('releases a document received by MLLP when the identity event comes through Kafka', async () => {
    const person = freshPerson();
    const id = controlId();
    expect(readAck(await mllp.send(mdm(person, { header: { controlId: id } }))).code).toBe('AA');
    const identity = await server.open('identity');
    const relay = new Relay({ bus, source: 'identity', url: server.url('identity', 'system'), schema: 'identity' });
    relay.start();
    await identity.transaction(['dom:nord'], (tx) =>
      new Outbox({ relay }).append(tx, [newEvent(patientChangedV1, qualified(person, 1), { owner: 'dom:nord' })]),
    );
    await eventually(
      async () => {
        const { body } = await api(`/api/documents/v1/documents?controlId=${id}`);
        expect(body).toMatchObject({ items: [{ state: 'in-delivery', patientId: person.patientId }] });
      },
      { timeoutMs: 60_000 },
    );
    await relay.close();
  }, 90_000);
});
