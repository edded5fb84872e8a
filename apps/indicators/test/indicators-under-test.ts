import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { topics } from '@pfi/contracts';
import { startService, type RunningService } from '@pfi/platform-http';
import { InMemoryEventBus, KafkaEventBus, KafkaStrategy, type EventBus } from '@pfi/platform-messaging';
import { JobQueue, type Database } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { TenantAudit } from '@pfi/platform-service';
import type { Ght } from '@pfi/platform-settings';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually, testIssuer, type TestIssuer } from '@pfi/platform-testing';
import { indicatorsParts } from '../src/app.module.js';
import type { IndicatorsConfig } from '../src/config.js';
import { migrations } from '../src/persistence/migrations/index.js';
import type { Told } from './stories.js';
import { testGroup } from './test-group.js';

const schema = 'indicators';
const ALL = [topics.identity, topics.documents, topics.dmp, topics.mss];

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
}

interface Options {
  readonly ght?: Ght;
  readonly bus?: EventBus;
  readonly test?: TestDatabase;
  readonly config?: Partial<IndicatorsConfig>;
}

/** The service on a database of its own; events come by a bus, questions by HTTP. */
export class IndicatorsUnderTest {
  private constructor(
    readonly test: TestDatabase,
    readonly database: Database,
    readonly issuer: TestIssuer,
    readonly bus: EventBus,
    private readonly service: RunningService,
    private readonly strategy: KafkaStrategy,
    private readonly ownsDatabase: boolean,
  ) {}

  static async open(options: Options = {}): Promise<IndicatorsUnderTest> {
    const { ght = testGroup(), bus = new InMemoryEventBus() } = options;
    const test = options.test ?? (await createTestDatabase([{ schema, migrations }]));
    const issuer = await testIssuer({
      clients: { 'pfi-indicators': 'secret' },
      clientClaims: { pfi_roles: ['admin'], pfi_scopes: ['ght'] },
    });
    const logger = createLogger('indicators-test', { level: 'fatal' });
    const database = await test.open(schema);
    const systemDatabase = await test.open(schema, { role: 'system' });
    const audit = new TenantAudit(database, () => ght.owners(), logger);
    const jobs = new JobQueue();
    const config = { PFI_OIDC_MACHINE_ISSUER: issuer.issuer, PFI_OIDC_CLIENT_ID: 'pfi-indicators', ...options.config };
    const parts = indicatorsParts({ ght, database, systemDatabase, jobs, logger, audit }, config as IndicatorsConfig);
    for (const runner of parts.runners ?? []) runner.start();
    await bus.ensureTopics(ALL);
    const strategy = new KafkaStrategy({
      bus,
      groupId: 'indicators',
      database,
      systemDatabase,
      scopesOf: (owner) => ght.scopesOfOwner(owner),
      onFatal: (error) => {
        throw error;
      },
    });
    const service = await startService({
      name: 'indicators',
      logger,
      module: parts.module,
      microservices: [strategy],
      config: { port: 0, auth: { issuers: [issuer.issuer], expandScopes: (scopes) => [...ght.expandScopes(scopes)] } },
      signals: false,
      shutdown: [
        ...(parts.runners ?? []).map((runner) => ({ name: 'jobs', stop: async () => void (await runner.stop(0)) })),
        ...(parts.closing ?? []),
      ],
    });
    return new IndicatorsUnderTest(test, database, issuer, bus, service, strategy, options.test === undefined);
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.bus.close();
    await this.issuer.close();
    if (this.ownsDatabase) await this.test.drop();
  }

  async publish(events: readonly Told[]): Promise<void> {
    for (const [topic, ofTopic] of Map.groupBy(events, (event) => event.topic)) {
      await this.bus.publish(topic, ofTopic.map(recordOf));
    }
  }

  /** Publishes, and waits until every stay that the events touch is judged. */
  async tell(...events: readonly Told[]): Promise<void> {
    await this.publish(events);
    await this.settled();
  }

  async settled(timeoutMs = 30_000): Promise<void> {
    await eventually(
      async () => {
        const { running, parked } = this.strategy.progress;
        if (parked > 0) throw new Error(`${parked} events parked`);
        const lag = running ? await this.strategy.lag() : undefined;
        const [open] = await this.test.admin<{ waiting: number; touched: number }>(
          `SELECT (SELECT count(*)::int FROM ${schema}.waiting_event) AS waiting, (SELECT count(*)::int FROM ${schema}.touched) AS touched`,
        );
        expect({ lag, ...open }).toEqual({ lag: 0, waiting: 0, touched: 0 });
      },
      { timeoutMs, everyMs: 20 },
    );
  }

  async get<Body = Record<string, unknown>>(
    path: string,
    { scopes = ['ght'], roles = ['reader'] }: { readonly scopes?: string[]; readonly roles?: string[] } = {},
  ): Promise<Answer<Body>> {
    return this.call('GET', path, scopes, roles);
  }

  async post(path: string, roles: string[] = ['admin'], scopes: string[] = ['ght']): Promise<Answer> {
    return this.call('POST', path, scopes, roles);
  }

  async abandonRebuild(): Promise<number> {
    return (await this.call('DELETE', '/rebuild', ['ght'], ['admin'])).status;
  }

  private async call<Body>(method: string, path: string, scopes: string[], roles: string[]): Promise<Answer<Body>> {
    const token = await this.issuer.token({ pfi_scopes: scopes, pfi_roles: roles });
    const response = await fetch(`${this.service.url}/api/indicators/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: (response.status === 204 ? null : await response.json()) as Body };
  }

  /** `numerator/denominator` by code. */
  async counts(query: string, options: { readonly scopes?: string[] } = {}): Promise<Record<string, string>> {
    const { status, body } = await this.get<{ items: Rate[] }>(`/indicators?${query}`, options);
    if (status !== 200) throw new Error(`indicators answered ${status} ${JSON.stringify(body)}`);
    return Object.fromEntries(body.items.map((one) => [one.code, `${one.numerator}/${one.denominator}`]));
  }

  /** Every stay of a list, page after page. */
  async stays(code: string, query: string, scopes?: string[]): Promise<StayVerdictView[]> {
    const found: StayVerdictView[] = [];
    let cursor = '';
    do {
      const { body } = await this.get<{ items: StayVerdictView[]; next: string | null }>(
        `/indicators/${code}/stays?${query}${cursor}`,
        scopes ? { scopes } : {},
      );
      found.push(...body.items);
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor !== '');
    return found;
  }
}

export interface Rate {
  readonly code: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly [field: string]: unknown;
}

export interface StayVerdictView {
  readonly stay: string;
  readonly stayId: string;
  readonly counted: string;
  readonly reason: { readonly code: string; readonly text: string };
  readonly documents: readonly { readonly documentId: string; readonly state: string }[];
  readonly [field: string]: unknown;
}

const recordOf = (event: Told) => ({
  key: event.aggregate,
  headers: {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_type: event.type,
    ce_source: event.source,
    ce_time: event.time,
    ce_subject: event.aggregate,
    pfi_owner: event.owner,
    pfi_aggregate: event.aggregate,
    pfi_sequence: String(event.sequence),
    ...(event.replay ? { pfi_replay: 'true' } : {}),
  },
  value: Buffer.from(JSON.stringify(event.payload)),
});

/** A bus on the broker of TEST_KAFKA_BROKERS, with topics of its own. */
export function testBus(): KafkaEventBus {
  const brokers = process.env['TEST_KAFKA_BROKERS'];
  if (!brokers) throw new Error('TEST_KAFKA_BROKERS is not set');
  return new KafkaEventBus({
    brokers: brokers.split(','),
    clientId: 'indicators-test',
    topicPrefix: `test-${randomUUID().slice(0, 8)}.`,
  });
}

/** The same events in another order: each aggregate of each topic keeps its own. */
export function interleaved(events: readonly Told[], random: () => number = Math.random): Told[] {
  const lanes = [...Map.groupBy(events, ({ topic, aggregate }) => `${topic}\n${aggregate}`).values()].map((lane) => [
    ...lane,
  ]);
  const mixed: Told[] = [];
  while (lanes.length > 0) {
    const at = Math.floor(random() * lanes.length);
    const lane = lanes[at] as Told[];
    mixed.push(lane.shift() as Told);
    if (lane.length === 0) lanes.splice(at, 1);
  }
  return mixed;
}
