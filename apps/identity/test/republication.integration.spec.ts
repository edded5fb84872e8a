import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '@pfi/platform-messaging';
import { JobQueue, type Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { Republication } from '@pfi/platform-service';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually } from '@pfi/platform-testing';
import { PatientRepository } from '../src/persistence/patient.repository.js';
import { StayRepository } from '../src/persistence/stay.repository.js';
import { identityRepublication } from '../src/registry/republication.js';
import { a40, adt, freshIns, freshPerson, identitySchema, NORD, openDoor } from './test-door.js';
import { testGroup } from './test-group.js';

let test: TestDatabase;
let database: Database;
let republication: Republication;
const ght = testGroup();

beforeAll(async () => {
  test = await identitySchema();
  database = await test.open('identity');
  republication = new Republication({
    database,
    systemDatabase: await test.open('identity', { role: 'system' }),
    jobs: new JobQueue(),
    outbox: new Outbox(),
    scopesOf: (owner) => ght.scopesOfOwner(owner),
    parts: identityRepublication(ght, new PatientRepository(), new StayRepository()),
    logger: createLogger('test', { level: 'fatal' }),
    pageSize: 2,
  });
  republication.runner.start();
});
afterAll(async () => {
  await republication?.runner.stop();
  await test?.drop();
});

interface Published {
  readonly type: string;
  readonly aggregate: string;
  readonly owner: string;
  readonly sequence: string;
  readonly payload: string;
}

/** The last event of each type about each aggregate. */
async function last(replay: boolean): Promise<Map<string, object>> {
  const rows = await test.admin<Published>(
    `SELECT DISTINCT ON (type, aggregate) type, aggregate, owner, sequence, payload FROM identity.outbox WHERE replay = $1
     ORDER BY type, aggregate, position DESC`,
    [replay],
  );
  return new Map(
    rows.map(({ type, aggregate, owner, payload }) => [`${type} ${aggregate}`, { owner, ...JSON.parse(payload) }]),
  );
}

describe('identity published again', () => {
  it('is what was last said of each patient, merge and stay, in order of patients, merges, stays', async () => {
    const door = openDoor(database, ght);
    const [kept, gone, other] = [freshPerson(), freshPerson(), freshPerson()];
    const visit = { number: randomUUID(), authority: NORD, patientClass: 'I' };
    await door.send(adt('A28', kept, { patient: { ins: freshIns(), pid32: ['VALI'] } }));
    await door.send(adt('A01', gone, { visit }), adt('A28', other, { patient: { deceasedOn: '2026-01-01' } }));
    await door.send(adt('A03', gone, { visit: { ...visit, dischargeDisposition: '20' } }));
    await door.send(a40(kept, gone));
    const said = await last(false);
    const { id } = await republication.request('somebody');
    await eventually(async () => expect((await republication.progress(id)).state).toBe('done'));
    expect(await last(true)).toEqual(said);
    expect((await republication.progress(id)).published).toEqual({
      'identity.patient-changed.v1': 3,
      'identity.patients-merged.v1': 1,
      'identity.stay-changed.v1': 1,
    });
    const order = await test.admin<{ type: string }>(
      `SELECT type FROM identity.outbox WHERE replay GROUP BY type ORDER BY min(position)`,
    );
    expect(order.map(({ type }) => type.split('.')[1])).toEqual(['patient-changed', 'patients-merged', 'stay-changed']);
  });
});
