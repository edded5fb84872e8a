import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { eventually } from '@pfi/platform-testing';
import { adt, freshPerson, identitySchema, openDoor, type Door } from './test-door.js';
import { testGroup } from './test-group.js';

let server: TestDatabase;
let door: Door;

beforeAll(async () => {
  server = await identitySchema();
  door = openDoor(await server.open('identity', { poolSize: 1 }), testGroup());
}, 60_000);
afterAll(() => server.drop());

const readOfIdentifiers = async (): Promise<number> => {
  const [row] = await server.admin<{ read: string }>(
    `SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables WHERE relname = 'patient_identifier'`,
  );
  return Number(row?.read);
};

it('an identifier is looked up among many as among few, by a statement that was planned when there were few', async () => {
  const known = freshPerson();
  // PostgreSQL keeps a plan from the sixth time on.
  for (let time = 0; time < 8; time += 1) await door.send(adt('A31', known));
  await server.admin(
    `INSERT INTO identity.patient_identifier (owner, authority, value, patient_id, alias)
     SELECT owner, authority, 'AUTRE-' || number, patient_id, false
     FROM identity.patient_identifier, generate_series(1, 20000) AS number WHERE value = $1`,
    [known.ipp],
  );
  const before = await readOfIdentifiers();
  // A session tells its statistics at the end of a transaction, once a second.
  await eventually(async () => {
    await door.send(adt('A31', known));
    expect(await readOfIdentifiers()).toBeGreaterThan(before);
  });
  expect((await readOfIdentifiers()) - before).toBeLessThan(100);
});
