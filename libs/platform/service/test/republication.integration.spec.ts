import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patientsMergedV1 } from '@pfi/contracts';
import { newEvent, Outbox } from '@pfi/platform-messaging';
import { JobQueue, sqlMigration, standardTables, type Database } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually } from '@pfi/platform-testing';
import { Republication, republicationTable, type RepublicationPart } from '../src/index.js';

const CreateTables1790000000000 = sqlMigration('CreateTables1790000000000', () => [
  standardTables(),
  ...republicationTable(),
]);

let server: TestDatabase;
let database: Database;
let systemDatabase: Database;

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'owner', migrations: [CreateTables1790000000000] }]);
  database = await server.open('owner');
  systemDatabase = await server.open('owner', { role: 'system' });
}, 60_000);
afterAll(() => server.drop());

/** Numbered rows of each owner, as if they stood in a table. */
const numbers = (
  rows: Readonly<Record<string, number>>,
  failing: { page: number } = { page: 0 },
): RepublicationPart => {
  const survivor = randomUUID();
  return {
    owners: () => Object.keys(rows),
    page: async (_tx, owner, after, limit) => {
      failing.page -= 1;
      if (failing.page === 0) throw new Error('a page fails once');
      const from = after === null ? 0 : Number(after);
      const to = Math.min(from + limit, rows[owner] ?? 0);
      const merge = (n: number) => ({
        domain: owner,
        retired: survivor,
        survivor,
        retiredVersion: n,
        survivorVersion: n + 1,
      });
      const events = Array.from({ length: to - from }, (_, n) =>
        newEvent(patientsMergedV1, merge(from + n), { owner, replay: true }),
      );
      return { events, next: to < (rows[owner] ?? 0) ? String(to) : null };
    },
  };
};

const started = (parts: readonly RepublicationPart[]) => {
  const republication = new Republication({
    database,
    systemDatabase,
    jobs: new JobQueue(),
    outbox: new Outbox(),
    scopesOf: (owner) => [owner],
    parts,
    logger: createLogger('test', { level: 'fatal' }),
    pageSize: 3,
  });
  republication.runner.start();
  return republication;
};

const published = async (owner: string) => {
  const rows = await server.admin<{ version: string }>(
    `SELECT payload::jsonb ->> 'retiredVersion' AS version FROM owner.outbox WHERE owner = $1 AND replay ORDER BY position`,
    [owner],
  );
  return rows.map(({ version }) => Number(version));
};

describe('a republication', () => {
  it('publishes every row of every owner once, marked as a replay, and counts by type', async () => {
    const [a, b, empty] = ['dom:a', 'dom:b', 'dom:empty'];
    const republication = started([numbers({ [a]: 7, [empty]: 0 }), numbers({}), numbers({ [b]: 3 })]);
    const { id } = await republication.request('somebody');
    await eventually(async () =>
      expect(await republication.progress(id)).toEqual({
        id,
        state: 'done',
        published: { [patientsMergedV1.type]: 10 },
      }),
    );
    expect([await published(a), await published(b)]).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [0, 1, 2],
    ]);
    await republication.runner.stop();
  });

  it('goes on from the page that failed', async () => {
    const owner = 'dom:failing';
    const republication = started([numbers({ [owner]: 8 }, { page: 2 })]);
    const { id } = await republication.request('somebody');
    await eventually(async () => expect((await republication.progress(id)).state).toBe('done'));
    expect(await published(owner)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await republication.runner.stop();
  });

  it('that nobody asked for is unknown', async () => {
    const republication = started([]);
    await expect(republication.progress(randomUUID())).rejects.toMatchObject({ code: 'REPUBLICATION_UNKNOWN' });
    await republication.runner.stop();
  });
});
