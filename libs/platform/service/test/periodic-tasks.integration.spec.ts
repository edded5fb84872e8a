import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JobQueue, sqlMigration, standardTables, type Database } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually } from '@pfi/platform-testing';
import { PeriodicTasks, type PeriodicTask } from '../src/periodic-tasks.js';

const CreateTables1790000000000 = sqlMigration('CreateTables1790000000000', () => [standardTables()]);

let server: TestDatabase;
let systemDatabase: Database;

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'periodic', migrations: [CreateTables1790000000000] }]);
  systemDatabase = await server.open('periodic', { role: 'system', poolSize: 6 });
}, 60_000);
afterAll(() => server.drop());

const instance = (...tasks: PeriodicTask[]) =>
  new PeriodicTasks({
    systemDatabase,
    jobs: new JobQueue(),
    logger: createLogger('test', { level: 'fatal' }),
    tasks,
    pollMs: 20,
  });

describe('periodic tasks', () => {
  it('come back, one instance at a time', async () => {
    let running = 0;
    let together = 0;
    let runs = 0;
    const task = {
      name: 'exclusive',
      everyMs: 1,
      run: async () => {
        running += 1;
        together = Math.max(together, running);
        await systemDatabase.ping();
        running -= 1;
        runs += 1;
      },
    };
    const instances = [instance(task), instance(task), instance(task)];
    for (const one of instances) one.start();
    await eventually(() => expect(runs).toBeGreaterThan(5));
    await Promise.all(instances.map((one) => one.stop()));
    expect(together).toBe(1);
    expect(await server.admin(`SELECT key FROM periodic.job WHERE key = 'exclusive'`)).toHaveLength(1);
  });

  it('come back after a failure', async () => {
    let runs = 0;
    const one = instance({
      name: 'failing',
      everyMs: 1,
      run: async () => {
        runs += 1;
        throw new Error('always');
      },
    });
    one.start();
    await eventually(() => expect(runs).toBeGreaterThan(12));
    await one.stop();
    expect(await server.admin(`SELECT state FROM periodic.job WHERE key = 'failing'`)).toEqual([{ state: 'ready' }]);
  });

  it('wait for their turn', async () => {
    let daily = 0;
    let frequent = 0;
    const one = instance(
      { name: 'daily', everyMs: 86_400_000, run: async () => void (daily += 1) },
      { name: 'frequent', everyMs: 1, run: async () => void (frequent += 1) },
    );
    one.start();
    await eventually(() => expect(frequent).toBeGreaterThan(5));
    await one.stop();
    expect(daily).toBe(1);
  });
});
