import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INS_OID } from '@pfi/health';
import type { Database } from '@pfi/platform-postgres';
import { assertRowLevelSecurity, type TestDatabase } from '@pfi/platform-postgres/testing';
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

interface PatientRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly ins_matricule: string | null;
  readonly merged_into: string | null;
  readonly traits: { readonly birthName: string };
  readonly identifiers: readonly { readonly authority: string; readonly value: string }[];
  readonly dmp_opposition: string;
  readonly fictitious: boolean;
}

const holderOf = async (ipp: string): Promise<PatientRow | undefined> =>
  (
    await test.admin<PatientRow>(
      `SELECT p.* FROM identity.patient_identifier i JOIN identity.patient p ON p.id = i.patient_id WHERE i.value = $1`,
      [ipp],
    )
  )[0];

/** The patient that answers to an IPP, merges followed. */
async function living(person: Person): Promise<PatientRow> {
  let found = await holderOf(person.ipp);
  while (found?.merged_into)
    [found] = await test.admin<PatientRow>('SELECT * FROM identity.patient WHERE id = $1', [found.merged_into]);
  if (!found) throw new Error('no such patient');
  return found;
}

interface Event {
  readonly type: string;
  readonly owner: string;
  readonly payload: Record<string, unknown>;
}
const eventsOf = async (aggregate: string): Promise<Event[]> =>
  (
    await test.admin<{ type: string; owner: string; payload: string }>(
      'SELECT type, owner, payload FROM identity.outbox WHERE aggregate = $1 ORDER BY position',
      [aggregate],
    )
  ).map((row) => ({ ...row, payload: JSON.parse(row.payload) as Record<string, unknown> }));

const tasksOf = async (patientId: string): Promise<{ code: string; open: boolean }[]> =>
  test.admin('SELECT code, closed_at IS NULL AS open FROM identity.task WHERE patient_id = $1 ORDER BY opened_at', [
    patientId,
  ]);

const codes = async (messages: Buffer[]): Promise<string[]> => (await door.send(...messages)).map((ack) => ack.code);

describe('identity messages', () => {
  it('A28 then A31 with VALI and INS: created provisoire, then qualifiee, one event for each', async () => {
    const person = freshPerson();
    const ins = freshIns();
    expect(await codes([adt('A28', person)])).toEqual(['AA']);
    expect(await codes([adt('A31', person, { patient: { ins, pid32: ['VALI'] } })])).toEqual(['AA']);

    const patient = await living(person);
    expect(patient).toMatchObject({ version: 2, status: 'qualifiee', ins_matricule: ins.matricule });
    const events = await eventsOf(patient.id);
    expect(events.map((event) => [event.type, event.owner, event.payload['version'], event.payload['status']])).toEqual(
      [
        ['identity.patient-changed.v1', 'dom:nord', 1, 'provisoire'],
        ['identity.patient-changed.v1', 'dom:nord', 2, 'qualifiee'],
      ],
    );
    expect(events[1]?.payload).toMatchObject({
      ins,
      identifiers: [{ authority: 'NORD', value: person.ipp, type: 'PI' }],
      dmpOpposition: 'unknown',
      fictitious: false,
      mergedInto: null,
    });
  });

  it('an A31 without VALI or INS takes the qualification away, and says so', async () => {
    const person = freshPerson();
    await door.send(adt('A28', person, { patient: { ins: freshIns(), pid32: ['VALI'] } }));
    await door.send(adt('A31', person));
    const patient = await living(person);
    expect(patient).toMatchObject({ status: 'provisoire', ins_matricule: null });
    expect((await eventsOf(patient.id)).at(-1)?.payload).toMatchObject({ status: 'provisoire', ins: null, version: 2 });
  });

  it('the same identity again under another control id changes nothing and says nothing', async () => {
    const person = freshPerson();
    await door.send(adt('A28', person));
    expect(await codes([adt('A31', person), adt('A08', person)])).toEqual(['AA', 'AA']);
    const patient = await living(person);
    expect(patient.version).toBe(1);
    expect(await eventsOf(patient.id)).toHaveLength(1);
  });

  it('the same message again gets the same answer and has one effect', async () => {
    const message = adt('A01', freshPerson(), { visit: { number: randomUUID(), authority: NORD, patientClass: 'I' } });
    const [first] = await door.send(message);
    const again = await door.send(message, message);
    expect(again).toEqual([first, first]);
  });

  it('messages of one patient in one batch apply in order', async () => {
    const person = freshPerson();
    const ins = freshIns();
    await door.send(
      adt('A28', person),
      adt('A31', person, { patient: { ins, pid32: ['VALI'] } }),
      adt('A31', person, { patient: { traits: { ...person.traits, birthName: 'MARTIN' } } }),
    );
    const patient = await living(person);
    expect(patient).toMatchObject({ version: 3, status: 'provisoire', traits: { birthName: 'MARTIN' } });
    expect((await eventsOf(patient.id)).map((event) => event.payload['version'])).toEqual([3]);
    const history = await test.admin<{ version: number; event: string; changes: string[] }>(
      'SELECT version, event, changes FROM identity.patient_history WHERE patient_id = $1 ORDER BY version',
      [patient.id],
    );
    expect(history).toEqual([
      { version: 1, event: 'A28', changes: expect.arrayContaining(['created']) },
      { version: 2, event: 'A31', changes: ['ins', 'status'] },
      { version: 3, event: 'A31', changes: ['ins', 'status', 'traits'] },
    ]);
  });

  it('two instances that create the same patient at once give one patient', async () => {
    const other = openDoor(await test.open('identity'), ght);
    const people = Array.from({ length: 8 }, () => freshPerson());
    const ins = freshIns();
    const sent = people.flatMap((person) => [
      door.send(adt('A28', person), adt('A31', freshPerson())),
      other.send(
        adt('A31', freshPerson()),
        adt('A31', person, {
          patient: { identifiers: [{ authority: NORD, value: person.ipp, type: 'PI' }], ins: ins, pid32: [] },
        }),
      ),
      other.send(adt('A01', person, { visit: { number: person.ipp, authority: NORD, patientClass: 'I' } })),
    ]);
    const answers = (await Promise.all(sent)).flat();
    expect(new Set(answers.map((ack) => ack.code))).toEqual(new Set(['AA']));
    for (const person of people) {
      const rows = await test.admin<{ n: number }>(
        `SELECT count(*)::int AS n FROM identity.patient WHERE identifiers @> $1::jsonb`,
        [JSON.stringify([{ value: person.ipp }])],
      );
      expect(rows).toEqual([{ n: 1 }]);
    }
  });

  it('ZFA-9: IO is an opposition, kept by a message that does not say', async () => {
    const person = freshPerson();
    await door.send(adt('A28', person, { zfa: { opposition: 'IO' } }), adt('A31', person));
    expect(await living(person)).toMatchObject({ dmp_opposition: 'opposed' });
    await door.send(adt('A31', person, { zfa: { opposition: 'INO' } }));
    expect(await living(person)).toMatchObject({ dmp_opposition: 'none' });
  });

  it('a test patient (FICT) is marked, and may be qualified outside production only', async () => {
    const person = freshPerson();
    const fictitious = adt('A28', person, {
      patient: { ins: { ...freshIns(), oid: INS_OID.nir }, pid32: ['VALI', 'FICT'] },
    });
    await door.send(fictitious);
    expect(await living(person)).toMatchObject({ status: 'qualifiee', fictitious: true });
    const other = freshPerson();
    const production = openDoor(database, ght, 'production');
    await production.send(
      adt('A28', other, { patient: { ins: { ...freshIns(), oid: INS_OID.nir }, pid32: ['VALI', 'FICT'] } }),
    );
    expect(await living(other)).toMatchObject({ status: 'recuperee', fictitious: true });
  });

  it('an authority written in another way is the same authority', async () => {
    const person = freshPerson();
    await door.send(adt('A28', person));
    await door.send(
      adt('A31', person, {
        patient: {
          identifiers: [{ authority: { name: 'IPP-NORD', oid: '' }, value: person.ipp, type: 'PI' }],
          traits: { ...person.traits, birthName: 'DURAND' },
        },
      }),
    );
    expect(await living(person)).toMatchObject({ version: 2, traits: { birthName: 'DURAND' } });
  });
});

describe('doubts and refusals', () => {
  it('an INS with a wrong key is ignored: AA, a task, closed by the next identity without doubt (B-15)', async () => {
    const person = freshPerson();
    const ins = freshIns();
    const wrong = { ...ins, matricule: ins.matricule.slice(0, 13) + (ins.matricule.endsWith('01') ? '02' : '01') };
    expect(await codes([adt('A28', person, { patient: { ins: wrong, pid32: ['VALI'] } })])).toEqual(['AA']);
    const patient = await living(person);
    expect(patient).toMatchObject({ status: 'validee', ins_matricule: null });
    expect(await tasksOf(patient.id)).toEqual([{ code: 'INS_INVALID', open: true }]);
    await door.send(adt('A31', person, { patient: { ins, pid32: ['VALI'] } }));
    expect(await tasksOf(patient.id)).toEqual([{ code: 'INS_INVALID', open: false }]);
    expect(await living(person)).toMatchObject({ status: 'qualifiee' });
  });

  it('a test INS does not enter production', async () => {
    const person = freshPerson();
    const production = openDoor(database, ght, 'production');
    await production.send(adt('A28', person, { patient: { ins: freshIns(), pid32: ['VALI'] } }));
    const patient = await living(person);
    expect(patient).toMatchObject({ status: 'validee', ins_matricule: null });
    expect(await tasksOf(patient.id)).toEqual([{ code: 'INS_INVALID', open: true }]);
  });

  it('an INS already qualified for somebody else with other traits is ignored, with a task', async () => {
    const [holder, other] = [freshPerson('PREMIER'), freshPerson('SECOND')];
    const ins = freshIns();
    const patient = { ins, pid32: ['VALI'] };
    await door.send(adt('A28', holder, { patient }), adt('A28', other, { patient }));
    const second = await living(other);
    expect(second).toMatchObject({ status: 'validee', ins_matricule: null });
    expect(await tasksOf(second.id)).toEqual([{ code: 'INS_CONFLICT', open: true }]);
    expect(await living(holder)).toMatchObject({ status: 'qualifiee' });
  });

  it('PID-3 of another identity domain: AE 207, kept under rejects, nothing changed (B-16)', async () => {
    const person = freshPerson();
    const [ack] = await door.send(
      adt('A28', person, {
        patient: { identifiers: [{ authority: { name: 'SUD', oid: '2.999.2' }, value: person.ipp, type: 'PI' }] },
      }),
    );
    expect(ack).toMatchObject({
      code: 'AE',
      error: { hl7Code: '207', code: 'SOURCE_NOT_ALLOWED', location: 'PID^1^3' },
    });
    expect(await holderOf(person.ipp)).toBeUndefined();
    const rejects = await test.admin<{ outcome: string; owner: string; code: string }>(
      'SELECT outcome, owner, code FROM identity.message WHERE control_id = $1',
      [ack?.controlId],
    );
    expect(rejects).toEqual([{ outcome: 'rejected', owner: 'dom:nord', code: 'SOURCE_NOT_ALLOWED' }]);
  });

  it('a sender that the file does not know: AE 207; a missing PID-3: AE 101 with its place (B-11)', async () => {
    const answers = await door.send(
      adt('A28', freshPerson(), { header: { application: 'INCONNUE' } }),
      adt('A28', freshPerson(), { patient: { identifiers: [] } }),
    );
    expect(answers).toMatchObject([
      { code: 'AE', error: { hl7Code: '207', code: 'SOURCE_NOT_ALLOWED' } },
      { code: 'AE', error: { hl7Code: '101', code: 'REQUIRED_FIELD', location: 'PID^1^3' } },
    ]);
  });

  it('events of PAM that are not applied are accepted and kept as unused; unknown ones are refused (B-12)', async () => {
    const answers = await door.send(adt('A21', freshPerson()), adt('A99', freshPerson()));
    expect(answers).toMatchObject([{ code: 'AA' }, { code: 'AE', error: { hl7Code: '201' } }]);
    const [kept] = await test.admin<{ outcome: string }>('SELECT outcome FROM identity.message WHERE control_id = $1', [
      answers[0]?.controlId,
    ]);
    expect(kept).toEqual({ outcome: 'unused' });
  });

  it('a bad message in a batch stops nobody', async () => {
    const person = freshPerson();
    expect(
      await codes([adt('A28', freshPerson(), { header: { facility: 'NULLE-PART' } }), adt('A28', person)]),
    ).toEqual(['AE', 'AA']);
    expect(await living(person)).toMatchObject({ version: 1 });
  });
});

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

describe('isolation', () => {
  it('the same IPP in two domains is two patients, each seen by its own scopes only', async () => {
    const person = freshPerson();
    const sud = { name: 'SUD', oid: '2.999.2' };
    await door.send(
      adt('A28', person),
      adt('A28', person, {
        header: { facility: 'SUD' },
        patient: { identifiers: [{ authority: sud, value: person.ipp, type: 'PI' }] },
      }),
    );
    const seen = (scopes: string[]) =>
      database.transaction(scopes, (tx) =>
        tx.query<{ owner: string }>('SELECT owner FROM patient_identifier WHERE value = $1 ORDER BY owner', [
          person.ipp,
        ]),
      );
    expect(await seen(['dom:nord'])).toEqual([{ owner: 'dom:nord' }]);
    expect(await seen(['dom:sud'])).toEqual([{ owner: 'dom:sud' }]);
    expect(await seen([])).toEqual([]);
  });

  it('every table has full row-level security', async () => {
    await assertRowLevelSecurity(test.adminUrl, 'identity');
  });
});
