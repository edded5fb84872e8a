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

const holderOf = (ipp: string) => rows.holderOf(test, ipp);
const living = (person: Person) => rows.livingPatient(test, person);
const eventsOf = (aggregate: string) => rows.eventsOf(test, aggregate);
const tasksOf = (patientId: string) => rows.tasksOf(test, patientId);
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

  it('two identities with the same qualified INS and traits: both keep it, a task asks for the merge, which closes it', async () => {
    const [one, two] = [freshPerson(), freshPerson()];
    const patient = { ins: freshIns(), pid32: ['VALI'] };
    await door.send(adt('A28', one, { patient }), adt('A28', two, { patient }));
    const both = [await living(one), await living(two)];
    expect(both.map((identity) => identity.status)).toEqual(['qualifiee', 'qualifiee']);
    const tasks = async () => (await Promise.all(both.map(({ id }) => tasksOf(id)))).flat();
    expect(await tasks()).toEqual([{ code: 'INS_DUPLICATE', open: true }]);
    await door.send(a40(one, two));
    expect(await tasks()).toEqual([{ code: 'INS_DUPLICATE', open: false }]);
  });

  it('identifiers of two patients in one message: the first decides, the other keeps its own, with a task', async () => {
    const [one, two] = [freshPerson(), freshPerson()];
    await door.send(adt('A28', one), adt('A28', two));
    const identifiers = [one, two].map(({ ipp }) => ({ authority: NORD, value: ipp, type: 'PI' }));
    const traits = { ...one.traits, birthName: 'NOUVEAU' };
    await door.send(adt('A31', one, { patient: { identifiers, traits } }));
    const first = await living(one);
    expect(first).toMatchObject({ traits: { birthName: 'NOUVEAU' }, identifiers: [{ value: one.ipp }] });
    expect(await living(two)).toMatchObject({ version: 1, identifiers: [{ value: two.ipp }] });
    expect(await tasksOf(first.id)).toEqual([{ code: 'IDENTIFIERS_CONFLICT', open: true }]);
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
