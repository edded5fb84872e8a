import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EntitySchema } from 'typeorm';
import { Database, DatabaseBusy, DatabaseUnavailable } from '../src/index.js';
import { createTestDatabase } from '../src/testing/index.js';
import type { TestDatabase } from '../src/testing/index.js';
import { eventually, migrations } from './example-schema.js';

const schema = 'identity';
const Stay = new EntitySchema<{ id: string; owner: string; establishment: string }>({
  name: 'stay',
  columns: {
    id: { type: 'uuid', primary: true },
    owner: { type: 'text' },
    establishment: { type: 'text' },
  },
});

let test: TestDatabase;
let database: Database;
const newOwner = (): string => `ej:${randomUUID()}`;
const insert = 'INSERT INTO stay (id, owner, establishment) VALUES ($1, $2, $3)';

beforeAll(async () => {
  test = await createTestDatabase([{ schema, migrations }]);
  database = await test.open(schema, { poolSize: 2, acquireTimeoutMs: 20_000, entities: [Stay] });
}, 60_000);

afterAll(() => test?.drop());

describe('statements that are not waited for', () => {
  it('are seen by those after them, and kept with the transaction', async () => {
    const owner = newOwner();
    const [before, after] = await database.transaction([owner], async (tx) => {
      const none = tx.query('SELECT FROM stay');
      tx.send(insert, [randomUUID(), owner, '750000001']);
      return Promise.all([none, tx.query('SELECT FROM stay')]);
    });
    expect([before.length, after.length]).toEqual([0, 1]);
    expect(await database.transaction([owner], (tx) => tx.query('SELECT FROM stay'))).toHaveLength(1);
  });

  it('fail the whole transaction when they fail, wherever they stood', async () => {
    const owner = newOwner();
    const failing = database.transaction([owner], async (tx) => {
      tx.send(insert, [randomUUID(), owner, '750000001']);
      tx.send('SELECT 1 / $1::int', [0]);
      return 'done';
    });
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    expect(await database.transaction([owner], (tx) => tx.query('SELECT FROM stay'))).toEqual([]);
  });
});

describe('owners', () => {
  it('never mixes two owners over 1,000 interleaved transactions on a pool of 2', async () => {
    const owners = [newOwner(), newOwner()];
    const seen = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => {
        const owner = owners[n % 2] ?? '';
        return database.transaction([owner], async (tx) => {
          await tx.execute(insert, [randomUUID(), owner, '750000001']);
          const rows = await tx.query<{ owner: string }>('SELECT DISTINCT owner FROM stay');
          return rows.length === 1 && rows[0]?.owner === owner;
        });
      }),
    );
    expect(seen).toEqual(Array(1_000).fill(true));
    const both = await database.transaction(owners, (tx) => tx.query('SELECT FROM stay'));
    expect(both).toHaveLength(1_000);
  }, 60_000);

  it('shows no row without scopes', async () => {
    const owner = newOwner();
    await database.transaction([owner], (tx) => tx.execute(insert, [randomUUID(), owner, '750000001']));
    expect(await database.transaction([], (tx) => tx.query('SELECT FROM stay'))).toEqual([]);
  });

  it('shows no row outside a transaction, nor the scopes of the transaction before', async () => {
    const owner = newOwner();
    const one = await test.open(schema, { poolSize: 1 });
    await one.transaction([owner], (tx) => tx.execute(insert, [randomUUID(), owner, '750000001']));
    expect(await one.dataSource.query('SELECT id FROM stay')).toEqual([]);
    expect(await one.query('SELECT id FROM stay')).toEqual([]);
    const failing = one.transaction([owner], (tx) => tx.query('SELECT 1 / 0'));
    await expect(failing).rejects.toThrow();
    expect(await one.dataSource.query('SELECT id FROM stay')).toEqual([]);
  });

  it('refuses to write for an owner outside the scopes', async () => {
    const write = database.transaction([newOwner()], (tx) =>
      tx.execute(insert, [randomUUID(), newOwner(), '750000001']),
    );
    await expect(write).rejects.toThrow(/row-level security/);
  });

  it('shows an establishment its rows, without the right to change them', async () => {
    const [owner, id, establishment] = [newOwner(), randomUUID(), randomUUID()];
    await database.transaction([owner], (tx) => tx.execute(insert, [id, owner, establishment]));
    await database.transaction([`eg:${establishment}`], async (tx) => {
      expect(await tx.query('SELECT id FROM stay')).toEqual([{ id }]);
      expect(await tx.execute('UPDATE stay SET counter = 1')).toBe(0);
      expect(await tx.execute('DELETE FROM stay')).toBe(0);
    });
  });

  it.each([[['']], [['ej:1,ej:2']]])('refuses the scopes %j', async (scopes) => {
    await expect(database.transaction(scopes, async () => undefined)).rejects.toThrow(TypeError);
  });

  it('holds even for the owner of the tables', async () => {
    const owner = newOwner();
    await database.transaction([owner], (tx) => tx.execute(insert, [randomUUID(), owner, '750000001']));
    const migration = await test.open(schema, { role: 'owner' });
    expect(await migration.transaction([], (tx) => tx.query('SELECT FROM stay'))).toEqual([]);
  });

  it('lets the system role see every outbox row, and no business table', async () => {
    const owner = newOwner();
    await database.transaction([owner], (tx) =>
      tx.execute(
        `INSERT INTO outbox (id, owner, topic, type, aggregate, sequence, payload) VALUES ($1, $2, 't', 't.v1', $3, 1, '{}')`,
        [randomUUID(), owner, randomUUID()],
      ),
    );
    const system = await test.open(schema, { role: 'system' });
    expect(await system.transaction([], (tx) => tx.query('SELECT FROM outbox WHERE owner = $1', [owner]))).toHaveLength(
      1,
    );
    await expect(system.transaction([], (tx) => tx.query('SELECT FROM stay'))).rejects.toThrow(/permission denied/);
    await expect(system.transaction([owner], (tx) => tx.query('SELECT FROM aggregate_sequence'))).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe('a look by itself', () => {
  it('has the rows of the system role, and values', async () => {
    const system = await test.open(schema, { role: 'system' });
    const owner = newOwner();
    await database.transaction([owner], (tx) =>
      tx.execute(
        `INSERT INTO outbox (id, owner, topic, type, aggregate, sequence, payload) VALUES ($1, $2, 't', 't.v1', $3, 1, '{}')`,
        [randomUUID(), owner, randomUUID()],
      ),
    );
    expect(await system.query('SELECT owner, sequence FROM outbox WHERE owner = $1', [owner])).toEqual([
      { owner, sequence: 1 },
    ]);
  });

  it('fails like a transaction, and leaves the pool as good as before', async () => {
    const one = await test.open(schema, { poolSize: 1, statementTimeoutMs: 200 });
    await expect(one.query('SELECT pg_sleep(5)')).rejects.toBeInstanceOf(DatabaseBusy);
    await expect(one.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toBeInstanceOf(
      DatabaseUnavailable,
    );
    expect(await one.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('transactions', () => {
  it('rolls everything back when the work fails', async () => {
    const owner = newOwner();
    const failing = database.transaction([owner], async (tx) => {
      await tx.execute(insert, [randomUUID(), owner, '750000001']);
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await database.transaction([owner], (tx) => tx.query('SELECT FROM stay'))).toEqual([]);
  });

  it('never reports success when the work hid the failure of a statement', async () => {
    const hiding = database.transaction([newOwner()], async (tx) => {
      await tx.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(hiding).rejects.toThrow(/division by zero/);
  });

  it('runs what was asked for after the commit, and only then', async () => {
    const ran: string[] = [];
    await database.transaction([], async (tx) => {
      tx.afterCommit(() => ran.push('committed'));
      expect(ran).toEqual([]);
    });
    await expect(
      database.transaction([], async (tx) => {
        tx.afterCommit(() => ran.push('rolled back'));
        throw new Error('on purpose');
      }),
    ).rejects.toThrow();
    expect(ran).toEqual(['committed']);
  });

  it('does not take back a commit because a callback failed', async () => {
    const errors: unknown[] = [];
    const other = await test.open(schema, { onError: (error) => errors.push(error) });
    const result = await other.transaction([], async (tx) => {
      tx.afterCommit(() => {
        throw new Error('callback');
      });
      return 'done';
    });
    expect(result).toBe('done');
    expect(errors).toHaveLength(1);
  });

  it('gives TypeORM the same transaction', async () => {
    const [owner, id] = [newOwner(), randomUUID()];
    await expect(
      database.transaction([owner], async (tx) => {
        await tx.manager.save(Stay, { id, owner, establishment: '750000001' });
        await tx.manager.transaction((nested) => nested.save(Stay, { id: randomUUID(), owner, establishment: '1' }));
        expect(await tx.query('SELECT FROM stay')).toHaveLength(2);
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    expect(await database.transaction([owner], (tx) => tx.manager.find(Stay))).toEqual([]);
  });

  it('refuses a transaction kept after its end', async () => {
    const kept = await database.transaction([], async (tx) => tx);
    await expect(kept.query('SELECT 1')).rejects.toThrow(/ended/);
  });

  it('lets nothing more of the work run once it has failed, not even while it is rolled back', async () => {
    let late: Promise<unknown> | undefined;
    const failing = database.transaction([], async (tx) => {
      const failure = tx.query('SELECT 1 / $1::int', [0]);
      void failure.catch(() => setImmediate(() => (late = tx.query('SELECT 1').catch((error: unknown) => error))));
      await failure;
    });
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    expect(await late).toMatchObject({ message: expect.stringMatching(/ended/) });
  });

  it('reads bigint as a number and a date as its text', async () => {
    const [row] = await database.transaction([], (tx) => tx.query(`SELECT 42::bigint AS n, '2026-03-29'::date AS day`));
    expect(row).toEqual({ n: 42, day: '2026-03-29' });
  });

  it('limits statements to 5 s, locks to 2 s and idle transactions to 10 s unless told otherwise', async () => {
    const limits = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('search_path') AS path`;
    const given = await test.open(schema, { statementTimeoutMs: 0, lockTimeoutMs: 7, idleInTransactionTimeoutMs: 8 });
    expect(await database.transaction([], (tx) => tx.query(limits))).toEqual([
      { statement: '5s', lock: '2s', idle: '10s', path: schema },
    ]);
    expect(await given.transaction([], (tx) => tx.query(limits))).toEqual([
      { statement: '0', lock: '7ms', idle: '8ms', path: schema },
    ]);
  });

  it('prepares each statement once on a connection', async () => {
    const one = await test.open(schema, { poolSize: 1 });
    const prepared = await one.transaction([], async (tx) => {
      for (const n of [1, 2, 3]) await tx.query('SELECT $1::int + 41', [n]);
      return tx.query(
        `SELECT generic_plans + custom_plans AS runs FROM pg_prepared_statements WHERE statement = 'SELECT $1::int + 41'`,
      );
    });
    expect(prepared).toEqual([{ runs: 3 }]);
  });

  it('repeats the work after a deadlock', async () => {
    const owner = newOwner();
    const ids = [randomUUID(), randomUUID()];
    await database.transaction([owner], async (tx) => {
      for (const id of ids) await tx.execute(insert, [id, owner, '750000001']);
    });
    let locked = 0;
    const increment = (order: readonly string[]): Promise<void> =>
      database.transaction([owner], async (tx) => {
        const [first, second] = order;
        await tx.execute('UPDATE stay SET counter = counter + 1 WHERE id = $1', [first]);
        locked += 1;
        await eventually('both hold a lock', () => locked >= 2);
        await tx.execute('UPDATE stay SET counter = counter + 1 WHERE id = $1', [second]);
      });
    await Promise.all([increment(ids), increment([...ids].reverse())]);
    const rows = await database.transaction([owner], (tx) => tx.query('SELECT counter FROM stay'));
    expect(rows).toEqual([{ counter: 2 }, { counter: 2 }]);
    expect(locked).toBeGreaterThan(2);
  }, 20_000);

  it('gives up repeating after the agreed number of times', async () => {
    const few = await test.open(schema, { repeats: 2 });
    let runs = 0;
    const conflicting = few.transaction([], async (tx) => {
      runs += 1;
      await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`);
    });
    await expect(conflicting).rejects.toBeInstanceOf(DatabaseBusy);
    expect(runs).toBe(3);
  });

  it('names the statement that failed, not those refused because of it', async () => {
    const owner = newOwner();
    const failing = database.transaction([owner], async (tx) => {
      tx.send(`SET LOCAL statement_timeout = '20ms'`);
      tx.send('SELECT pg_sleep(5)');
      await tx.query('SELECT FROM stay');
    });
    await expect(failing).rejects.toBeInstanceOf(DatabaseBusy);
  });

  it('calls a statement that takes too long busy, not broken', async () => {
    const hasty = await test.open(schema, { statementTimeoutMs: 50 });
    await expect(hasty.transaction([], (tx) => tx.query('SELECT pg_sleep(30)'))).rejects.toBeInstanceOf(DatabaseBusy);
  });

  it('leaves no row value in the errors of PostgreSQL', async () => {
    const [owner, id] = [newOwner(), randomUUID()];
    const twice = database.transaction([owner], async (tx) => {
      await tx.execute(insert, [id, owner, 'DUPONT']);
      await tx.execute(insert, [id, owner, 'DUPONT']);
    });
    const error = await twice.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: '23505', constraint: 'stay_pkey' });
    expect(JSON.stringify({ ...(error as object) })).not.toContain(id);
  });
});

describe('a database that goes away', () => {
  it('says DATABASE_UNAVAILABLE when a backend dies in a transaction, then recovers', async () => {
    const applicationName = `doomed-${randomUUID()}`;
    const doomed = await test.open(schema, { poolSize: 2, applicationName });
    const cut = doomed.transaction([], async (tx) => {
      await tx.query('SELECT 1');
      await test.terminateConnections(applicationName);
      await tx.query('SELECT 2');
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', kind: 'unavailable' });
    await expect(cut).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(await doomed.transaction([], (tx) => tx.query('SELECT 3 AS n'))).toEqual([{ n: 3 }]);
  });

  it('survives the death of idle connections, and of one that waits in its handler', async () => {
    const applicationName = `doomed-${randomUUID()}`;
    const errors: unknown[] = [];
    const doomed = await test.open(schema, { poolSize: 3, applicationName, onError: (error) => errors.push(error) });
    await Promise.all([1, 2, 3].map(() => doomed.transaction([], (tx) => tx.query('SELECT pg_sleep(0.05)'))));
    const waiting = doomed.transaction([], async () => {
      await test.terminateConnections(applicationName);
      await eventually('the idle connections are reported', () => errors.length >= 2);
    });
    await expect(waiting).rejects.toBeInstanceOf(DatabaseUnavailable);
    await eventually('the pool works again', () =>
      doomed.ping().then(
        () => true,
        () => false,
      ),
    );
  });

  it('says DATABASE_UNAVAILABLE when no connection of the pool comes free in time', async () => {
    const small = await test.open(schema, { poolSize: 1, acquireTimeoutMs: 50 });
    await small.transaction([], async () => {
      await expect(small.transaction([], async () => undefined)).rejects.toBeInstanceOf(DatabaseUnavailable);
    });
  });

  it('says DATABASE_UNAVAILABLE when nothing listens', async () => {
    const url = new URL(test.url(schema));
    url.port = '1';
    const opening = Database.open({ url: url.toString(), schema, applicationName: 'pfi-test' });
    await expect(opening).rejects.toBeInstanceOf(DatabaseUnavailable);
  });

  it('says DATABASE_UNAVAILABLE once closed', async () => {
    const closed = await test.open(schema);
    await closed.close();
    await expect(closed.ping()).rejects.toBeInstanceOf(DatabaseUnavailable);
  });
});
