import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EventContract } from '@pfi/contracts';
import type { Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { randomUUID } from 'node:crypto';
import { toHeaders } from '../src/event-headers.js';
import type { EventBus } from '../src/index.js';
import { type KafkaEventBus, type KafkaStrategyOptions, newEvent, Outbox, Relay } from '../src/index.js';
import { AwayBus, CrashingBus } from './faulty-buses.js';
import { startTestApp, type TestApp } from './test-app.js';
import { testBus } from './test-bus.js';
import {
  added,
  answered,
  answers,
  createServiceDatabase,
  effectsOf,
  identities,
  lineages,
  newLineage,
  OTHER_OWNER,
  OWNER,
  removed,
  SCHEMA,
  stateChanged,
  unheard,
} from './test-service.js';
import { until } from './until.js';

jest.setTimeout(120_000);

interface Sent {
  lineageId: string;
  sequence: number;
  value?: unknown;
  contract?: EventContract;
  owner?: string;
  id?: string;
  replay?: boolean;
  traceparent?: string;
}

const recordOf = ({
  lineageId,
  sequence,
  value = String(sequence),
  contract = added,
  owner = OWNER,
  id = randomUUID(),
  replay = false,
  traceparent,
}: Sent) => ({
  key: lineageId,
  headers: toHeaders({
    id,
    type: contract.type,
    source: 'test',
    time: new Date().toISOString(),
    owner,
    aggregate: lineageId,
    sequence,
    replay,
    ...(traceparent && { traceparent }),
  }),
  value: Buffer.from(JSON.stringify({ lineageId, value })),
});

describe('KafkaStrategy in a Nest application, on Kafka and PostgreSQL', () => {
  let server: TestDatabase;
  let database: Database;
  let system: Database;
  let bus: KafkaEventBus;
  let groupId: string;
  const apps: TestApp[] = [];

  const start = async (options: Partial<KafkaStrategyOptions> = {}, on: EventBus = bus): Promise<TestApp> => {
    const app = await startTestApp(on, database, system, { groupId, ...options });
    apps.push(app);
    await until(() => app.strategy.progress.running);
    return app;
  };
  const stop = async (app: TestApp): Promise<void> => {
    apps.splice(apps.indexOf(app), 1);
    await app.app.close();
  };
  const send = (...events: Sent[]): Promise<void> => bus.publish(lineages.name, events.map(recordOf));
  const effects = (lineage: string): Promise<string[]> => effectsOf(server, lineage);
  const settle = async (lineage: string, expected: readonly string[]): Promise<void> => {
    await until(async () => (await effects(lineage)).length >= expected.length);
    expect(await effects(lineage)).toEqual(expected);
  };
  const parked = (): Promise<
    { code: string; sequence: number; aggregate: string; text_fr: string; owner: string; attempts: number }[]
  > =>
    server.admin(
      `SELECT code, substr(aggregate, length(topic) + 2) AS aggregate, text_fr, owner, attempts, sequence::int AS sequence FROM ${SCHEMA}.parked_event WHERE consumer = $1 AND replayed_at IS NULL ORDER BY parked_event.sequence`,
      [groupId],
    );

  beforeAll(async () => {
    server = await createServiceDatabase();
    database = await server.open(SCHEMA, { applicationName: 'service' });
    system = await server.open(SCHEMA, { applicationName: 'service', role: 'system', poolSize: 2 });
  });
  beforeEach(async () => {
    bus = testBus();
    groupId = `test-${randomUUID()}`;
    await bus.ensureTopics([lineages, answers, identities]);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map(({ app }) => app.close()));
    await bus.close();
  });
  afterAll(() => server.drop());

  it('hands events to their handlers in batches, with a transaction of their owner', async () => {
    const [a, b] = [newLineage(), newLineage()];
    await send(
      ...[1, 2, 3].map((sequence) => ({ lineageId: a, sequence })),
      { lineageId: b, sequence: 1, owner: OTHER_OWNER },
      { lineageId: a, sequence: 4, contract: removed },
    );
    const { strategy, script } = await start();
    await settle(a, ['1', '2', '3', '4']);
    await settle(b, ['1']);
    expect(script.batches).toContain(3);
    expect(await server.admin(`SELECT DISTINCT owner FROM ${SCHEMA}.effect WHERE aggregate = $1`, [b])).toEqual([
      { owner: OTHER_OWNER },
    ]);
    await until(async () => (await strategy.lag()) === 0);
    expect(strategy.progress).toMatchObject({ running: true, applied: 5, parked: 0, postponed: false });
  });

  it('carries events from the outbox of a service to the handlers', async () => {
    const lineageId = newLineage();
    const relay = new Relay({ bus, source: 'test', url: server.url(SCHEMA, 'system'), schema: SCHEMA });
    relay.start();
    const outbox = new Outbox({ relay });
    await start();
    await database.transaction([OWNER], (tx) =>
      outbox.append(
        tx,
        ['1', '2'].map((value) => newEvent(added, { lineageId, value }, { owner: OWNER })),
      ),
    );
    await settle(lineageId, ['1', '2']);
    await relay.close();
  });

  it('absorbs the same event sent twice', async () => {
    const [lineageId, patient] = [newLineage(), newLineage()];
    const once = { lineageId, sequence: 1, id: randomUUID() };
    const state = recordOf({ lineageId: patient, sequence: 7, contract: stateChanged });
    await send(once, once);
    await bus.publish(identities.name, [state, state]);
    await start();
    await settle(patient, ['7']);
    await send(once, { lineageId, sequence: 2 });
    await bus.publish(identities.name, [state, recordOf({ lineageId: patient, sequence: 8, contract: stateChanged })]);
    await settle(lineageId, ['1', '2']);
    await settle(patient, ['7', '8']);
  });

  it('has no second effect after a crash between database and offset commit', async () => {
    const [lineageId, patient] = [newLineage(), newLineage()];
    await send({ lineageId, sequence: 1 }, { lineageId, sequence: 2 });
    await bus.publish(identities.name, [recordOf({ lineageId: patient, sequence: 1, contract: stateChanged })]);
    const crashing = new CrashingBus(bus);
    const dying = await start({}, crashing);
    await settle(lineageId, ['1', '2']);
    await settle(patient, ['1']);
    await stop(dying);
    const { strategy } = await start();
    await until(async () => (await strategy.lag()) === 0);
    expect(strategy.progress).toMatchObject({ applied: 0, duplicates: 3 });
    expect(await effects(lineageId)).toEqual(['1', '2']);
    expect(await effects(patient)).toEqual(['1']);
  });

  it('counts the sequence of each producer apart when two speak of one aggregate', async () => {
    const lineageId = newLineage();
    await send({ lineageId, sequence: 1 }, { lineageId, sequence: 2 });
    await start();
    await settle(lineageId, ['1', '2']);
    const answer = (sequence: number) =>
      recordOf({ lineageId, sequence, value: `answer ${sequence}`, contract: answered });
    await bus.publish(answers.name, [answer(1), answer(2)]);
    await settle(lineageId, ['1', '2', 'answer 1', 'answer 2']);
  });

  it('parks a poison event and those behind it, lets other aggregates pass, and replays in order', async () => {
    const [bad, good] = [newLineage(), newLineage()];
    await send(
      { lineageId: bad, sequence: 1 },
      { lineageId: bad, sequence: 2, value: 'poison' },
      { lineageId: good, sequence: 1 },
      { lineageId: bad, sequence: 3 },
      { lineageId: good, sequence: 2 },
    );
    const { strategy, script } = await start();
    await settle(good, ['1', '2']);
    await until(async () => (await strategy.lag()) === 0);
    await send({ lineageId: bad, sequence: 4 });
    await until(async () => (await parked()).length === 3);
    expect(await effects(bad)).toEqual(['1']);
    expect((await parked()).map(({ sequence, code }) => [sequence, code])).toEqual([
      [2, 'HANDLER_FAILED'],
      [3, 'BLOCKED_BY_PARKED'],
      [4, 'BLOCKED_BY_PARKED'],
    ]);
    expect((await parked())[0]!.text_fr).not.toContain('secret');

    const { parkedEvents } = strategy;
    const { items } = await parkedEvents.list([OWNER]);
    const poison = items.find(({ code, aggregate }) => code === 'HANDLER_FAILED' && aggregate === bad)!;
    expect(await parkedEvents.replay([OTHER_OWNER], [poison.id])).toEqual({ replayed: 0, stillParked: 0, notFound: 1 });
    expect(await parkedEvents.replay([OWNER], [poison.id])).toEqual({ replayed: 0, stillParked: 1, notFound: 0 });
    expect((await parked())[0]).toMatchObject({ code: 'HANDLER_FAILED', attempts: 2 });

    script.poisonous = false;
    expect(await parkedEvents.replay([OWNER], [poison.id])).toEqual({ replayed: 3, stillParked: 0, notFound: 0 });
    expect(await parkedEvents.replay([OWNER], [poison.id])).toEqual({ replayed: 0, stillParked: 0, notFound: 1 });
    expect(await effects(bad)).toEqual(['1', 'poison', '3', '4']);
    expect(await parked()).toEqual([]);
    await send({ lineageId: bad, sequence: 5 });
    await settle(bad, ['1', 'poison', '3', '4', '5']);
  });

  it('keeps the code and the French text of an error that the domain foresees', async () => {
    await send({ lineageId: newLineage(), sequence: 1, value: 'poison-code' });
    await start();
    await until(async () => (await parked()).length === 1);
    expect((await parked())[0]).toMatchObject({ code: 'TEST_REFUSED', text_fr: 'Refusé par le test.' });
  });

  it('tries an event that met a locked row again by itself, then those behind it', async () => {
    const [busy, other] = [newLineage(), newLineage()];
    await send(
      { lineageId: busy, sequence: 1, value: 'busy' },
      { lineageId: busy, sequence: 2 },
      { lineageId: other, sequence: 1 },
    );
    const { script } = await start();
    await settle(other, ['1']);
    await until(async () => (await parked()).length === 2);
    expect((await parked()).map(({ code }) => code).sort()).toEqual(['BLOCKED_BY_PARKED', 'DATABASE_BUSY']);
    script.poisonous = false;
    await settle(busy, ['busy', '2']);
    expect(await parked()).toEqual([]);
  });

  it('parks an event whose handler exceeds its limit, and tries it again by itself', async () => {
    const [slow, quick] = [newLineage(), newLineage()];
    await send({ lineageId: slow, sequence: 1, value: 'hang' }, { lineageId: quick, sequence: 1 });
    const { script } = await start({ handlerLimitMs: 100 });
    await settle(quick, ['1']);
    await until(async () => (await parked()).length === 1);
    expect((await parked())[0]).toMatchObject({ code: 'HANDLER_TIMEOUT', aggregate: slow });
    expect(await effects(slow)).toEqual([]);
    script.poisonous = false;
    await settle(slow, ['hang']);
    expect(await parked()).toEqual([]);
  });

  it('parks a handled event that breaks its contract, records without envelope, and unknown owners', async () => {
    const [wrong, stray, after] = [newLineage(), newLineage(), newLineage()];
    await bus.publish(lineages.name, [{ key: 'x', headers: { ce_id: 'x' }, value: Buffer.from('\0') }]);
    await send(
      { lineageId: wrong, sequence: 1, value: 7 },
      { lineageId: stray, sequence: 1, owner: 'ej:999999999' },
      { lineageId: after, sequence: 1 },
    );
    await start();
    await settle(after, ['1']);
    await until(async () => (await parked()).length === 3);
    expect((await parked()).map(({ code, owner }) => [code, owner]).sort()).toEqual([
      ['ENVELOPE_INVALID', ''],
      ['OWNER_UNKNOWN', ''],
      ['SCHEMA_INVALID', OWNER],
    ]);
  });

  it('counts events that nobody here handles in the sequence, and never parks them', async () => {
    const lineageId = newLineage();
    await send({ lineageId, sequence: 1, contract: unheard, value: 7 }, { lineageId, sequence: 2 });
    await start();
    await settle(lineageId, ['2']);
    expect(await parked()).toEqual([]);
  });

  it('waits for a missing event, then applies it and its followers', async () => {
    const lineageId = newLineage();
    await send({ lineageId, sequence: 1 }, { lineageId, sequence: 3 }, { lineageId, sequence: 4 });
    const { strategy } = await start();
    await until(() => strategy.progress.waiting === 2);
    expect(await effects(lineageId)).toEqual(['1']);
    await send({ lineageId, sequence: 2 });
    await settle(lineageId, ['1', '2', '3', '4']);
    expect(
      await server.admin(`SELECT 1 FROM ${SCHEMA}.waiting_event WHERE aggregate = $1`, [
        `${lineages.name}/${lineageId}`,
      ]),
    ).toEqual([]);
  });

  it('parks what waited too long, and goes on without the missing event when asked', async () => {
    const lineageId = newLineage();
    await send({ lineageId, sequence: 1 }, { lineageId, sequence: 3 }, { lineageId, sequence: 4 });
    const { strategy } = await start({ gapLimitMs: 200 });
    await until(async () => (await parked()).length === 2);
    expect((await parked()).map(({ code }) => code)).toEqual(['SEQUENCE_GAP', 'SEQUENCE_GAP']);
    expect(await strategy.parkedEvents.count([OWNER])).toBe(2);
    const { items } = await strategy.parkedEvents.list([OWNER]);
    await strategy.parkedEvents.replay([OWNER], [items.find(({ sequence }) => sequence === 3)!.id]);
    await settle(lineageId, ['1', '3', '4']);
  });

  it('applies a replay whatever its sequence and releases what it makes good', async () => {
    const lineageId = newLineage();
    await send({ lineageId, sequence: 1 }, { lineageId, sequence: 4 });
    const { strategy } = await start();
    await until(() => strategy.progress.waiting === 1);
    await send({ lineageId, sequence: 3, value: 'state', replay: true });
    await settle(lineageId, ['1', 'state', '4']);
  });

  it('pages through parked events', async () => {
    const lineageIds = Array.from({ length: 5 }, newLineage);
    await send(...lineageIds.map((lineageId) => ({ lineageId, sequence: 1, value: 'poison' })));
    const { strategy } = await start();
    await until(async () => (await parked()).length === 5);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await strategy.parkedEvents.list([OWNER], { limit: 2, cursor });
      seen.push(...page.items.map(({ aggregate }) => aggregate!));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen.sort()).toEqual(lineageIds.sort());
    expect((await strategy.parkedEvents.list([OTHER_OWNER])).items).toEqual([]);
  });

  it('keeps the order of each aggregate while members join and leave the group', async () => {
    const aggregates = Array.from({ length: 12 }, newLineage);
    const wave = (from: number, to: number): Promise<void> =>
      send(
        ...Array.from({ length: to - from }, (_, index) => from + index).flatMap((sequence) =>
          aggregates.map((lineageId) => ({ lineageId, sequence })),
        ),
      );
    const other = testBus({ topicPrefix: bus.topicPrefix });
    const first = await start({ batchSize: 5 });
    await wave(1, 20);
    const second = start({ batchSize: 5 }, other);
    await wave(20, 40);
    await second;
    await wave(40, 60);
    await stop(first);
    await wave(60, 80);
    const expected = Array.from({ length: 79 }, (_, index) => String(index + 1));
    for (const lineageId of aggregates) await settle(lineageId, expected);
    expect(await parked()).toEqual([]);
    await stop(await second);
    await other.close();
  });

  it('pauses while the database is down, then loses nothing and parks nothing', async () => {
    const aggregates = Array.from({ length: 6 }, newLineage);
    const wave = (from: number): Promise<void> =>
      send(...[0, 1, 2].flatMap((step) => aggregates.map((lineageId) => ({ lineageId, sequence: from + step }))));
    const { strategy } = await start();
    await wave(1);
    await settle(aggregates[0]!, ['1', '2', '3']);
    await server.admin(`ALTER DATABASE ${server.name} CONNECTION LIMIT 0`);
    await server.terminateConnections('service');
    await wave(4);
    await until(() => strategy.progress.postponed);
    await server.admin(`ALTER DATABASE ${server.name} CONNECTION LIMIT -1`);
    await wave(7);
    for (const lineageId of aggregates) await settle(lineageId, ['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(await parked()).toEqual([]);
    await until(() => !strategy.progress.postponed);
  });

  it('runs a handler inside the trace of its event', async () => {
    const lineageId = newLineage();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traces: [string, string | undefined][] = [];
    await start({
      runInTrace: (name, parent, work) => {
        traces.push([name, parent]);
        return work();
      },
    });
    await send({ lineageId, sequence: 1, traceparent });
    await settle(lineageId, ['1']);
    expect(traces).toEqual([[`consumer ${added.type}`, traceparent]]);
  });

  it('opens the doors of its service while the broker is away, and consumes once it is back', async () => {
    const lineageId = newLineage();
    const away = new AwayBus(bus);
    const app = await startTestApp(away, database, system, { groupId });
    apps.push(app);
    await until(() => away.refused > 1);
    expect(app.strategy.progress.running).toBe(false);
    away.away = false;
    await send({ lineageId, sequence: 1 });
    await settle(lineageId, ['1']);
    expect(app.strategy.progress.running).toBe(true);
  });

  it('may be closed while the broker is away', async () => {
    const app = await startTestApp(new AwayBus(bus), database, system, { groupId });
    await app.app.close();
    expect(app.strategy.progress.running).toBe(false);
  });
});
