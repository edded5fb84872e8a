import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { randomUUID } from 'node:crypto';
import type { OutgoingRecord } from '../src/bus/event-bus.js';
import { InMemoryEventBus, newEvent, Outbox, Relay, type RelayOptions } from '../src/index.js';
import { added, createServiceDatabase, newLineage, OTHER_OWNER, OWNER, removed, SCHEMA } from './test-service.js';
import { until } from './until.js';

jest.setTimeout(120_000);

/** Keeps what was sent; fails when told to, before or after the broker has it. */
class RecordingBus extends InMemoryEventBus {
  readonly sent: OutgoingRecord[] = [];
  failBefore = false;
  failAfter = 0;

  override async publish(_topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    if (this.failBefore) throw new Error('down');
    this.sent.push(...records);
    if (this.failAfter > 0) {
      this.failAfter -= 1;
      throw new Error('answer lost');
    }
  }

  of(aggregate: string): { sequence: number; type: string; value: unknown }[] {
    return this.sent
      .filter(({ key }) => key === aggregate)
      .map(({ headers, value }) => ({
        sequence: Number(headers['pfi_sequence']),
        type: headers['ce_type']!,
        value: (JSON.parse(value.toString()) as { value: string }).value,
      }));
  }
}

describe('outbox and relay', () => {
  let server: TestDatabase;
  let database: Database;
  const relays: Relay[] = [];
  const outbox = new Outbox();

  const start = (bus: RecordingBus, options: Partial<RelayOptions> = {}): Relay => {
    const relay = new Relay({
      bus,
      source: 'test',
      url: server.url(SCHEMA, 'system'),
      schema: SCHEMA,
      electionMs: 50,
      retryDelayMs: { first: 20, longest: 100 },
      ...options,
    });
    relays.push(relay);
    relay.start();
    return relay;
  };
  const add = (lineageId: string, values: string[], owner = OWNER): Promise<void> =>
    database.transaction([owner], (tx) =>
      outbox.append(
        tx,
        values.map((value) => newEvent(added, { lineageId, value }, { owner })),
      ),
    );
  const unpublished = async (): Promise<number> =>
    (await server.admin<{ count: string }>(`SELECT count(*) FROM ${SCHEMA}.outbox WHERE published_at IS NULL`)).map(
      ({ count }) => Number(count),
    )[0]!;

  beforeAll(async () => {
    server = await createServiceDatabase();
    database = await server.open(SCHEMA);
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.close()));
    await server.admin(`UPDATE ${SCHEMA}.outbox SET published_at = coalesce(published_at, now())`);
  });
  afterAll(() => server.drop());

  it('publishes events with their envelope, numbered from 1 in each aggregate', async () => {
    const [a, b] = [newLineage(), newLineage()];
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await database.transaction([OWNER], (tx) =>
      outbox.append(tx, [
        newEvent(added, { lineageId: a, value: 'a1' }, { owner: OWNER, traceparent }),
        newEvent(added, { lineageId: b, value: 'b1' }, { owner: OWNER }),
        newEvent(removed, { lineageId: a, value: 'a2' }, { owner: OWNER }),
      ]),
    );
    await add(a, ['a3']);
    const bus = new RecordingBus();
    start(bus);
    await until(() => bus.sent.length === 4);
    expect(bus.of(a)).toEqual([
      { sequence: 1, type: added.type, value: 'a1' },
      { sequence: 2, type: removed.type, value: 'a2' },
      { sequence: 3, type: added.type, value: 'a3' },
    ]);
    expect(bus.of(b)).toEqual([{ sequence: 1, type: added.type, value: 'b1' }]);
    expect(bus.sent[0]!.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_source: 'test',
      ce_subject: a,
      pfi_aggregate: a,
      pfi_owner: OWNER,
      traceparent,
    });
    await until(async () => (await unpublished()) === 0);
  });

  it('gives a replay the last sequence of its aggregate without taking one', async () => {
    const lineageId = newLineage();
    await add(lineageId, ['1', '2']);
    await database.transaction([OWNER], (tx) =>
      outbox.append(tx, [newEvent(added, { lineageId, value: 'again' }, { owner: OWNER, replay: true })]),
    );
    await add(lineageId, ['3']);
    const bus = new RecordingBus();
    start(bus);
    await until(() => bus.sent.length === 4);
    expect(bus.of(lineageId).map(({ sequence }) => sequence)).toEqual([1, 2, 2, 3]);
    expect(bus.sent.map(({ headers }) => headers['pfi_replay'])).toEqual([undefined, undefined, 'true', undefined]);
  });

  it('keeps nothing of a transaction that rolls back, and leaves no gap', async () => {
    const lineageId = newLineage();
    await expect(
      database.transaction([OWNER], async (tx) => {
        await outbox.append(tx, [newEvent(added, { lineageId, value: 'lost' }, { owner: OWNER })]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await add(lineageId, ['kept']);
    const bus = new RecordingBus();
    start(bus);
    await until(() => bus.sent.length === 1);
    expect(bus.of(lineageId)).toEqual([{ sequence: 1, type: added.type, value: 'kept' }]);
  });

  it('refuses a payload that breaks its contract, naming fields and no value', async () => {
    const wrong = { contract: added, payload: { lineageId: 'SECRET', value: 7 }, owner: OWNER };
    const refused = database.transaction([OWNER], (tx) => outbox.append(tx, [wrong]));
    await expect(refused).rejects.toMatchObject({
      code: 'EVENT_INVALID',
      textFr: expect.stringContaining('lineageId'),
    });
    await expect(refused).rejects.not.toMatchObject({ textFr: expect.stringContaining('SECRET') });
  });

  it('numbers without gap or repeat under concurrent writers that name aggregates in opposite orders', async () => {
    const [a, b] = [newLineage(), newLineage()];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        database.transaction([OWNER], (tx) =>
          outbox.append(
            tx,
            (index % 2 ? [a, b] : [b, a]).map((lineageId) =>
              newEvent(added, { lineageId, value: String(index) }, { owner: OWNER }),
            ),
          ),
        ),
      ),
    );
    const bus = new RecordingBus();
    start(bus, { batchSize: 7 });
    await until(() => bus.sent.length === 40);
    for (const lineage of [a, b])
      expect(bus.of(lineage).map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
  });

  it('never skips an event whose transaction commits after a later one', async () => {
    const [early, late] = [newLineage(), newLineage()];
    const bus = new RecordingBus();
    start(bus, { pollMs: 10 });
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let inserted = false;
    const slow = database.transaction([OWNER], async (tx) => {
      await outbox.append(tx, [newEvent(added, { lineageId: late, value: 'late' }, { owner: OWNER })]);
      inserted = true;
      await held;
    });
    await until(() => inserted);
    await add(early, ['early'], OTHER_OWNER);
    await until(() => bus.of(early).length === 1);
    release();
    await slow;
    await until(() => bus.of(late).length === 1);
  });

  it('sends again after a crash between send and mark, with the same ids', async () => {
    const lineageId = newLineage();
    await add(lineageId, ['1', '2']);
    const bus = new RecordingBus();
    bus.failAfter = 1;
    start(bus);
    await until(() => bus.sent.length === 4);
    expect(bus.sent.slice(2).map(({ headers }) => headers['ce_id'])).toEqual(
      bus.sent.slice(0, 2).map(({ headers }) => headers['ce_id']),
    );
    await until(async () => (await unpublished()) === 0);
  });

  it('waits for a broker that is down, tells its lag, and loses nothing', async () => {
    const lineageId = newLineage();
    const bus = new RecordingBus();
    bus.failBefore = true;
    const relay = start(bus);
    await add(lineageId, ['1', '2', '3']);
    await until(() => relay.state.failures >= 2);
    expect(await relay.lag()).toMatchObject({ count: 3 });
    expect((await relay.lag()).oldestMs).toBeGreaterThan(0);
    bus.failBefore = false;
    await until(async () => (await unpublished()) === 0);
    expect(bus.of(lineageId).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(await relay.lag()).toEqual({ count: 0, oldestMs: 0 });
    await until(() => relay.state.failures === 0);
  });

  it('has one active relay, and another takes over when its connection dies', async () => {
    const [first, second] = [new RecordingBus(), new RecordingBus()];
    const leader = start(first, {
      source: 'leader',
      pollMs: 20,
      retryDelayMs: { first: 3_600_000, longest: 3_600_000 },
    });
    await until(() => leader.state.active);
    const follower = start(second, { source: 'follower', pollMs: 20 });
    const lineageId = newLineage();
    await add(lineageId, ['1']);
    await until(() => first.of(lineageId).length === 1);
    expect(follower.state.active).toBe(false);

    await server.terminateConnections('leader-relay');
    await until(() => follower.state.active);
    expect(leader.state.active).toBe(false);
    await add(lineageId, ['2']);
    await until(() => second.of(lineageId).some(({ sequence }) => sequence === 2));
    expect(first.of(lineageId).map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('stands down where the broker is out of its reach, for another whose way is open', async () => {
    const [cut, open] = [new RecordingBus(), new RecordingBus()];
    cut.failBefore = true;
    const leader = start(cut, { pollMs: 20, standDownMs: 50 });
    await until(() => leader.state.active);
    const follower = start(open, { pollMs: 20 });
    const lineageId = newLineage();
    await add(lineageId, ['1', '2']);
    await until(() => open.of(lineageId).length === 2);
    expect(leader.state.active).toBe(false);
    expect(follower.state.active).toBe(true);
    await until(async () => (await leader.lag()).count === 0);
    expect(await leader.lag()).toEqual({ count: 0, oldestMs: 0 });
  });

  it('comes back by itself when its connection is killed', async () => {
    const bus = new RecordingBus();
    const relay = start(bus, { source: 'killed', pollMs: 20 });
    await until(() => relay.state.active);
    await server.terminateConnections('killed-relay');
    const lineageId = newLineage();
    await add(lineageId, ['1']);
    await until(() => bus.of(lineageId).length === 1);
    expect(relay.state.active).toBe(true);
  });

  it('is woken by a commit, long before its next poll', async () => {
    const bus = new RecordingBus();
    const relay = start(bus, { pollMs: 3_600_000 });
    await until(() => relay.state.active);
    const woken = new Outbox({ relay });
    const lineageId = randomUUID();
    await database.transaction([OWNER], (tx) =>
      woken.append(tx, [newEvent(added, { lineageId, value: '1' }, { owner: OWNER })]),
    );
    await until(() => bus.of(lineageId).length === 1);
  });

  it('removes published events once they are old enough, and no other', async () => {
    const [old, recent, unsent] = [newLineage(), newLineage(), newLineage()];
    await add(old, ['1']);
    await add(recent, ['1']);
    await server.admin(`UPDATE ${SCHEMA}.outbox SET published_at = now() - interval '15 days' WHERE aggregate = $1`, [
      old,
    ]);
    await server.admin(`UPDATE ${SCHEMA}.outbox SET published_at = now() - interval '13 days' WHERE aggregate = $1`, [
      recent,
    ]);
    const bus = new RecordingBus();
    bus.failBefore = true;
    start(bus, { retentionDays: 14 });
    const kept = async (aggregate: string) =>
      (await server.admin(`SELECT 1 FROM ${SCHEMA}.outbox WHERE aggregate = $1`, [aggregate])).length;
    await until(async () => (await kept(old)) === 0);
    await add(unsent, ['1']);
    expect(await kept(recent)).toBe(1);
    expect(await kept(unsent)).toBe(1);
  });
});
