import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventEnvelope, PayloadOf, identityVouchedV1 } from '@pfi/contracts';
import type { Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { adt, freshIns, freshPerson, identitySchema, openDoor, type Door, type Person } from './test-door.js';
import { testGroup } from './test-group.js';

type Vouched = PayloadOf<typeof identityVouchedV1>;

let test: TestDatabase;
let database: Database;
let door: Door;
const ght = testGroup();

beforeAll(async () => {
  test = await identitySchema();
  database = await test.open('identity');
  door = openDoor(database, ght);
});
afterAll(async () => {
  await test?.drop();
});

const vouchedFor = (person: Person, more: Partial<Vouched> = {}): Vouched => ({
  lineageId: randomUUID(),
  documentId: randomUUID(),
  domain: 'nord',
  source: 'ris',
  ins: freshIns(),
  traits: person.traits,
  identifiers: [{ authority: 'NORD', value: person.ipp, type: 'PI' }],
  fictitious: false,
  ...more,
});

async function vouch(...payloads: Vouched[]): Promise<void> {
  const owner = 'ej:990000101';
  const events = payloads.map((payload, index): EventEnvelope<Vouched> => ({
    id: randomUUID(),
    type: 'documents.identity-vouched.v1',
    source: 'documents',
    time: new Date().toISOString(),
    owner,
    aggregate: payload.lineageId,
    sequence: index + 1,
    replay: false,
    payload,
  }));
  await database.transaction([...ght.scopesOfOwner(owner)], (tx) => door.vouched.apply(tx, events));
}

interface Row {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly ins_matricule: string;
}
const byIns = (matricule: string): Promise<Row[]> =>
  test.admin<Row>('SELECT * FROM identity.patient WHERE ins_matricule = $1', [matricule]);
const published = async (id: string): Promise<unknown[]> =>
  test.admin('SELECT type, owner FROM identity.outbox WHERE aggregate = $1', [id]);
const tasks = (id: string): Promise<unknown[]> =>
  test.admin('SELECT code FROM identity.task WHERE patient_id = $1', [id]);

describe('vouched identities (D7)', () => {
  it('an unknown patient is created qualified, and said under its domain', async () => {
    const vouched = vouchedFor(freshPerson());
    await vouch(vouched);
    const [patient] = await byIns(vouched.ins.matricule);
    expect(patient).toMatchObject({ status: 'qualifiee', version: 1 });
    expect(await published(patient?.id ?? '')).toEqual([{ type: 'identity.patient-changed.v1', owner: 'dom:nord' }]);
  });

  it('a known patient with the same traits is qualified; a second document says nothing new', async () => {
    const person = freshPerson();
    await door.send(adt('A28', person));
    const vouched = vouchedFor(person);
    await vouch(vouched, { ...vouched, documentId: randomUUID() });
    const [patient] = await byIns(vouched.ins.matricule);
    expect(patient).toMatchObject({ status: 'qualifiee', version: 2 });
    await vouch({ ...vouched, lineageId: randomUUID() });
    expect(await published(patient?.id ?? '')).toHaveLength(2);
  });

  it('other traits, or another INS: nothing changes, a task says which document', async () => {
    const person = freshPerson();
    await door.send(adt('A28', person, { patient: { ins: freshIns(), pid32: [] } }));
    const otherIns = vouchedFor(person);
    const otherTraits = vouchedFor(freshPerson('AUTRE'), { identifiers: otherIns.identifiers });
    await vouch(otherIns, otherTraits);
    const rows = await test.admin<{ id: string; status: string }>(
      'SELECT p.id, p.status FROM identity.patient p JOIN identity.patient_identifier i ON i.patient_id = p.id WHERE i.value = $1',
      [person.ipp],
    );
    expect(rows).toMatchObject([{ status: 'recuperee' }]);
    expect(await tasks(rows[0]?.id ?? '')).toEqual([{ code: 'VOUCH_CONFLICT' }, { code: 'VOUCH_CONFLICT' }]);
  });

  it('without local identifier the INS names the patient; an ADT with that INS then joins it', async () => {
    const person = freshPerson();
    const vouched = vouchedFor(person, { identifiers: [] });
    await vouch(vouched);
    await vouch({ ...vouched, lineageId: randomUUID() });
    expect(await byIns(vouched.ins.matricule)).toMatchObject([{ version: 1 }]);
    await door.send(adt('A28', person, { patient: { ins: vouched.ins, pid32: ['VALI'] } }));
    const patients = await byIns(vouched.ins.matricule);
    expect(patients).toMatchObject([{ version: 2, status: 'qualifiee' }]);
  });
});
