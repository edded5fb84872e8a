import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import {
  a40,
  adt,
  freshIns,
  freshPerson,
  identitySchema,
  NORD,
  openDoor,
  type Door,
  type Person,
} from './test-door.js';
import * as rows from './test-rows.js';
import { testGroup } from './test-group.js';

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

const living = (person: Person) => rows.livingPatient(test, person);
const eventsOf = (aggregate: string) => rows.eventsOf(test, aggregate);
const tasksOf = (patientId: string) => rows.tasksOf(test, patientId);
const codes = async (messages: Buffer[]): Promise<string[]> => (await door.send(...messages)).map((ack) => ack.code);

interface Ending {
  readonly visit: object;
  readonly zfm?: { readonly exit: string };
  readonly deceasedOn?: string;
}

describe('stays', () => {
  const visit = (number: string, more: object = {}) => ({ number, authority: NORD, patientClass: 'I', ...more });
  const zbe = (code: string, at: string) => ({
    action: 'INSERT' as const,
    historic: false,
    at: new Date(at),
    medicalUnit: { code, label: '' },
  });
  const stayRow = async (number: string) =>
    (
      await test.admin<Record<string, unknown> & { id: string; patient_id: string }>(
        'SELECT * FROM identity.stay WHERE number = $1',
        [number],
      )
    )[0];

  it('pre-admitted, open, moved, ended, open again: one stay, an event for each state', async () => {
    const person = freshPerson();
    const number = randomUUID();
    await door.send(adt('A05', person, { visit: visit(number) }));
    await door.send(adt('A01', person, { visit: visit(number), movement: zbe('1010', '2026-01-02T08:00:00Z') }));
    await door.send(adt('A02', person, { visit: visit(number), movement: zbe('1020', '2026-01-03T08:00:00Z') }));
    await door.send(adt('A03', person, { visit: visit(number), movement: zbe('1020', '2026-01-05T08:00:00Z') }));
    const ended = await stayRow(number);
    expect(ended).toMatchObject({
      owner: 'ej:990000101',
      establishment: '990000127',
      unit: '1020',
      state: 'ended',
      reconstituted: false,
      admitted_at: new Date('2026-01-02T08:00:00Z'),
      ended_at: new Date('2026-01-05T08:00:00Z'),
    });
    await door.send(adt('A13', person, { visit: visit(number) }));
    expect(await stayRow(number)).toMatchObject({ state: 'open', ended_at: null });
    const events = await eventsOf(ended?.id ?? '');
    expect(events.map(({ owner, payload }) => [owner, payload['state'], payload['unit']])).toEqual([
      ['ej:990000101', 'pre-admitted', null],
      ['ej:990000101', 'open', '1010'],
      ['ej:990000101', 'open', '1020'],
      ['ej:990000101', 'ended', '1020'],
      ['ej:990000101', 'open', '1020'],
    ]);
  });

  it.each([
    ['PV1-36 says so', { visit: { dischargeDisposition: '20' } }, true],
    ['ZFM-2 says so', { visit: {}, zfm: { exit: '9' } }, true],
    ['the patient died in it', { visit: {}, deceasedOn: '2026-01-04' }, true],
    ['not when the patient went home', { visit: { dischargeDisposition: '3' } }, false],
    ['not when nothing is said', { visit: {} }, false],
  ])('ended by death is told: %s', async (_name, { visit: said, zfm, deceasedOn }: Ending, endedByDeath) => {
    const [person, number] = [freshPerson(), randomUUID()];
    const admittedAt = new Date('2026-01-02T08:00:00Z');
    await door.send(adt('A01', person, { visit: visit(number), movement: zbe('1010', '2026-01-02T08:00:00Z') }));
    await door.send(
      adt('A03', person, {
        visit: visit(number, { ...said, admittedAt }),
        movement: zbe('1010', '2026-01-05T08:00:00Z'),
        ...(zfm ? { zfm } : {}),
        ...(deceasedOn ? { patient: { deceasedOn } } : {}),
      }),
    );
    const row = await stayRow(number);
    const last = async (id: string) => (await eventsOf(id)).at(-1)?.payload;
    expect(await last(row?.id ?? '')).toMatchObject({ state: 'ended', endedByDeath });
    expect(await last(row?.patient_id ?? '')).toMatchObject({ deceasedOn: deceasedOn ?? null });
  });

  it.each(['O', 'E', 'R', 'I'])('the class %s of a stay is told as it is', async (patientClass) => {
    const number = randomUUID();
    await door.send(adt('A04', freshPerson(), { visit: visit(number, { patientClass }) }));
    expect((await eventsOf((await stayRow(number))?.id ?? '')).at(-1)?.payload).toMatchObject({ patientClass });
  });

  it('PV1-45 says the end of a stay before ZBE-2 does', async () => {
    const number = randomUUID();
    const endedAt = new Date('2026-01-04T10:00:00Z');
    await door.send(
      adt('A03', freshPerson(), { visit: visit(number, { endedAt }), movement: zbe('1010', '2026-01-05T08:00:00Z') }),
    );
    expect(await stayRow(number)).toMatchObject({ state: 'ended', ended_at: endedAt, reconstituted: true });
  });

  it('a cancelled admission cancels the stay', async () => {
    const person = freshPerson();
    const number = randomUUID();
    await door.send(adt('A01', person, { visit: visit(number) }), adt('A11', person, { visit: visit(number) }));
    expect(await stayRow(number)).toMatchObject({ state: 'cancelled', version: 2 });
  });

  it('without PV1-19 the account number names the stay; without both, a task', async () => {
    const person = freshPerson();
    const number = randomUUID();
    const account = { authority: NORD, value: number, type: 'AN' };
    await door.send(adt('A01', person, { visit: { patientClass: 'I' }, patient: { accountNumber: account } }));
    expect(await stayRow(number)).toMatchObject({ state: 'open', authority: 'NORD' });
    const orphan = freshPerson();
    expect(await codes([adt('A01', orphan, { visit: { patientClass: 'I' } })])).toEqual(['AA']);
    expect(await tasksOf((await living(orphan)).id)).toEqual([{ code: 'STAY_NUMBER_MISSING', open: true }]);
  });

  it('an unknown unit gives the default establishment and one task, however often it comes', async () => {
    const unit = `U-${randomUUID().slice(0, 8)}`;
    const numbers = [randomUUID(), randomUUID()];
    await door.send(
      ...numbers.map((number) =>
        adt('A01', freshPerson(), { visit: visit(number), movement: zbe(unit, '2026-01-02T08:00:00Z') }),
      ),
    );
    expect(await stayRow(numbers[0] ?? '')).toMatchObject({ establishment: '990000119', unit });
    const tasks = await test.admin('SELECT code FROM identity.task WHERE subject = $1', [unit]);
    expect(tasks).toEqual([{ code: 'UNIT_UNKNOWN' }]);
  });

  it('the unit tells the legal entity; a later message without unit finds the stay there', async () => {
    const person = freshPerson();
    const number = randomUUID();
    await door.send(adt('A01', person, { visit: visit(number), movement: zbe('5010', '2026-01-02T08:00:00Z') }));
    await door.send(adt('A03', person, { visit: visit(number) }));
    const rows = await test.admin('SELECT owner, state FROM identity.stay WHERE number = $1', [number]);
    expect(rows).toEqual([{ owner: 'ej:990000150', state: 'ended' }]);
  });

  it('a movement on the stay of another patient changes nothing and asks a person', async () => {
    const [mine, yours] = [freshPerson(), freshPerson()];
    const number = randomUUID();
    await door.send(adt('A01', mine, { visit: visit(number) }));
    await door.send(adt('A03', yours, { visit: visit(number) }));
    expect(await stayRow(number)).toMatchObject({ state: 'open', patient_id: (await living(mine)).id });
    expect(await tasksOf((await living(yours)).id)).toEqual([{ code: 'STAY_PATIENT_CONFLICT', open: true }]);
  });
});

describe('merges', () => {
  it('A40: the retired identity points to its survivor, which takes its identifiers and stays; three kinds of events', async () => {
    const [kept, gone] = [freshPerson(), freshPerson()];
    const number = randomUUID();
    await door.send(adt('A28', kept), adt('A01', gone, { visit: { number, authority: NORD, patientClass: 'I' } }));
    const [before] = [await living(gone)];
    expect(await codes([a40(kept, gone)])).toEqual(['AA']);

    const survivor = await living(kept);
    expect(await living(gone)).toEqual(survivor);
    expect(survivor.identifiers.map((identifier) => identifier.value)).toEqual([kept.ipp, gone.ipp]);
    const [stay] = await test.admin<{ id: string; patient_id: string }>(
      'SELECT id, patient_id FROM identity.stay WHERE number = $1',
      [number],
    );
    expect(stay?.patient_id).toBe(survivor.id);
    expect((await eventsOf(before.id)).at(-1)).toMatchObject({
      type: 'identity.patient-changed.v1',
      payload: { mergedInto: survivor.id, version: 2 },
    });
    expect((await eventsOf(survivor.id)).slice(-2)).toMatchObject([
      { type: 'identity.patient-changed.v1', payload: { version: 2 } },
      {
        type: 'identity.patients-merged.v1',
        payload: { retired: before.id, survivor: survivor.id, retiredVersion: 2, survivorVersion: 2 },
      },
    ]);
    expect((await eventsOf(stay?.id ?? '')).at(-1)?.payload).toMatchObject({ patientId: survivor.id, version: 2 });
  });

  it('the same merge twice is done once', async () => {
    const [kept, gone] = [freshPerson(), freshPerson()];
    await door.send(adt('A28', kept), adt('A28', gone), a40(kept, gone));
    const events = (await eventsOf((await living(kept)).id)).length;
    expect(await codes([a40(kept, gone)])).toEqual(['AA']);
    expect(await eventsOf((await living(kept)).id)).toHaveLength(events);
  });

  it('chains are followed, and a merge back is refused as a cycle', async () => {
    const [a, b, c] = [freshPerson(), freshPerson(), freshPerson()];
    await door.send(adt('A28', a), adt('A28', b), adt('A28', c));
    await door.send(a40(b, a));
    await door.send(a40(c, b));
    const last = await living(c);
    expect((await living(a)).id).toBe(last.id);
    const number = randomUUID();
    await door.send(adt('A01', a, { visit: { number, authority: NORD, patientClass: 'I' } }));
    expect(await test.admin('SELECT patient_id FROM identity.stay WHERE number = $1', [number])).toEqual([
      { patient_id: last.id },
    ]);
    const [ack] = await door.send(a40(a, c));
    expect(ack).toMatchObject({ code: 'AE', error: { hl7Code: '207', code: 'MERGE_CYCLE' } });
    expect((await living(a)).id).toBe(last.id);
  });

  it('a merge of an identity never seen keeps its identifier as an alias: what comes later is about the survivor', async () => {
    const [kept, gone] = [freshPerson(), freshPerson()];
    await door.send(a40(kept, gone));
    await door.send(adt('A28', gone));
    const survivor = await living(kept);
    expect((await living(gone)).id).toBe(survivor.id);
    expect(survivor.identifiers.map((identifier) => identifier.value)).toEqual([kept.ipp, gone.ipp]);
    const [back] = await door.send(a40(gone, kept));
    expect(back).toMatchObject({ code: 'AE', error: { code: 'MERGE_CYCLE' } });
  });

  it('a merge that touches a qualified identity with other traits is left to a person', async () => {
    const [kept, gone] = [freshPerson('DUPONT'), freshPerson('DURAND')];
    await door.send(adt('A28', kept), adt('A28', gone, { patient: { ins: freshIns(), pid32: ['VALI'] } }));
    expect(await codes([a40(kept, gone)])).toEqual(['AA']);
    const survivor = await living(kept);
    expect((await living(gone)).id).not.toBe(survivor.id);
    expect(await tasksOf(survivor.id)).toEqual([{ code: 'IDENTITY_REVIEW', open: true }]);
    // Once the source has corrected the traits, the same merge goes through and the task closes by itself.
    await door.send(adt('A31', gone, { patient: { traits: kept.traits } }));
    await door.send(a40(kept, gone));
    expect((await living(gone)).id).toBe(survivor.id);
    expect(await tasksOf(survivor.id)).toEqual([{ code: 'IDENTITY_REVIEW', open: false }]);
  });

  it('a message that names a retired identity never changes the identity of the survivor', async () => {
    const [kept, gone] = [freshPerson('DUPONT'), freshPerson('DURAND')];
    const ins = freshIns();
    await door.send(adt('A28', kept), adt('A28', gone), a40(kept, gone));
    await door.send(adt('A31', kept, { patient: { ins, pid32: ['VALI'] } }));
    await door.send(adt('A31', gone));
    const survivor = await living(kept);
    expect(survivor).toMatchObject({
      status: 'qualifiee',
      ins_matricule: ins.matricule,
      traits: { birthName: 'DUPONT' },
    });
    expect(await tasksOf(survivor.id)).toEqual([{ code: 'RETIRED_IDENTITY_DIFFERS', open: true }]);
  });
});
