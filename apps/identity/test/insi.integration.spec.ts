import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ins } from '@pfi/health';
import type { InsiAnswer } from '@pfi/insi';
import { CircuitBreaker, JobQueue, JobRunner } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { eventually, testAuthority } from '@pfi/platform-testing';
import { InsiRecherche } from '../src/gateways/insi-recherche/insi-recherche.gateway.js';
import { INSI_QUEUE } from '../src/insi/insi-requests.js';
import { INSI_DESTINATION, InsiSearchJob } from '../src/insi/insi-search.js';
import { InsiRepository } from '../src/persistence/insi.repository.js';
import { InsiDouble } from './insi-double.js';
import { adt, freshIns, freshPerson, identitySchema, openDoor, type Door, type Person } from './test-door.js';
import { testGroup } from './test-group.js';
import { eventsOf, livingPatient, tasksOf } from './test-rows.js';

/** In `nord` the platform decides, in `sud` it proposes. */
const ght = testGroup((file) =>
  file
    .replace('label: Nord\n', 'label: Nord\n    identityAuthority: pfi\n')
    .replace('label: Sud\n', 'label: Sud\n    insi: proposals\n')
    .concat('delays: { retry: { base: PT0.02S, cap: PT0.05S }, insi: { giveUp: PT2S } }\n'),
);
const SUD = { name: 'SUD', oid: '2.999.2' };

let test: TestDatabase;
let door: Door;
let insi: InsiDouble;
let runner: JobRunner;
let gateway: InsiRecherche;
const secretsDir = mkdtempSync(join(tmpdir(), 'pfi-insi-'));

beforeAll(async () => {
  const authority = await testAuthority();
  insi = await InsiDouble.start(await authority.issue('localhost'), authority.cert);
  const { cert, key } = await authority.issue('CH Nord');
  mkdirSync(join(secretsDir, 'a'));
  writeFileSync(join(secretsDir, 'a', 'tls.crt'), cert);
  writeFileSync(join(secretsDir, 'a', 'tls.key'), key);
  test = await identitySchema();
  const database = await test.open('identity');
  const systemDatabase = await test.open('identity', { role: 'system' });
  const jobs = new JobQueue();
  door = openDoor(database, ght, 'trial', jobs);
  gateway = new InsiRecherche(
    ght,
    { url: insi.url, ca: authority.cert, secretsDir },
    { assertMayDate: () => undefined },
  );
  const search = new InsiSearchJob({
    ...{ ght, environment: 'trial' as const, database, gateway, repository: new InsiRepository() },
    ...{ loader: door.loader, writer: door.writer },
    breaker: new CircuitBreaker({
      database: systemDatabase,
      settings: { failureShare: 1, window: 1_000, inARow: 1_000, probeEveryMs: 1_000 },
    }),
  });
  runner = new JobRunner({
    ...{ database: systemDatabase, queue: INSI_QUEUE, destination: INSI_DESTINATION, jobs, pollMs: 20 },
    handler: (job: Parameters<InsiSearchJob['handle']>[0]) => search.handle(job),
  });
  runner.start();
});
afterAll(async () => {
  await runner?.stop();
  await gateway?.close();
  await insi?.close();
  await test?.drop();
  rmSync(secretsDir, { recursive: true, force: true });
});

/** A birth name that no other test asks for. */
const person = (): Person => {
  const letters = randomUUID()
    .replaceAll(/[^a-f]/g, '')
    .toUpperCase();
  return freshPerson(`ESSAI-${letters}`);
};

const found = ({ traits }: Person, ins: Ins, details: Partial<{ birthName: string }> = {}): InsiAnswer => ({
  kind: 'found',
  identity: {
    ins,
    history: [],
    traits: {
      birthName: traits.birthName,
      birthGivenNames: 'ANNE MARIE',
      firstGivenName: 'ANNE',
      sex: 'F',
      birthDate: '1979-03-28',
      birthPlace: '63220',
      ...details,
    },
  },
});

const sud = (event: string, one: Person) =>
  adt(event, one, {
    header: { application: 'GAM', facility: 'SUD' },
    patient: { identifiers: [{ authority: SUD, value: one.ipp, type: 'PI' }] },
  });

const callsOf = async (one: Person) =>
  test.admin<{ question: number; outcome: string; code: string | null }>(
    'SELECT question, outcome, code FROM identity.insi_call WHERE patient_id = $1 ORDER BY at, id',
    [(await livingPatient(test, one)).id],
  );

const codesOf = async (one: Person) =>
  (await tasksOf(test, (await livingPatient(test, one)).id)).map(({ code }) => code);

describe('a domain where the platform decides', () => {
  it('finds the INS of a new patient and says it', async () => {
    const one = person();
    const ins = freshIns();
    insi.says(one.traits.birthName, found(one, ins));
    await door.send(adt('A28', one));
    await eventually(async () =>
      expect(await livingPatient(test, one)).toMatchObject({ ins_matricule: ins.matricule, status: 'recuperee' }),
    );
    const { id } = await livingPatient(test, one);
    expect((await eventsOf(test, id)).at(-1)?.payload).toMatchObject({ ins, status: 'recuperee', version: 2 });
    expect(await callsOf(one)).toEqual([{ question: 1, outcome: 'found', code: null }]);
  });

  it('qualifies an identity that the source validated', async () => {
    const one = person();
    insi.says(one.traits.birthName, found(one, freshIns()));
    await door.send(adt('A28', one, { patient: { pid32: ['VALI'] } }));
    await eventually(async () => expect(await livingPatient(test, one)).toMatchObject({ status: 'qualifiee' }));
  });

  it('asks with the other given names, then with the birth place', async () => {
    const one = person();
    insi.says(one.traits.birthName, { kind: 'none' }, { kind: 'many' }, found(one, freshIns()));
    await door.send(adt('A28', one));
    await eventually(async () => expect(await livingPatient(test, one)).toMatchObject({ status: 'recuperee' }));
    expect(insi.asked(one.traits.birthName).map(({ givenNames, birthPlace }) => [givenNames, birthPlace])).toEqual([
      [['ANNE'], undefined],
      [['MARIE'], undefined],
      [['ANNE'], '63220'],
    ]);
    expect((await callsOf(one)).map(({ outcome }) => outcome)).toEqual(['none', 'many', 'found']);
  });

  it.each([
    ['nobody', [{ kind: 'none' as const }], 'INSI_NOT_FOUND'],
    ['several persons', [{ kind: 'many' as const }, { kind: 'none' as const }], 'INSI_AMBIGUOUS'],
  ])('tells the identity cell when %s is found', async (_name, answers, code) => {
    const one = person();
    insi.says(one.traits.birthName, ...answers);
    await door.send(adt('A28', one));
    await eventually(async () => expect(await codesOf(one)).toContain(code));
    expect(await livingPatient(test, one)).toMatchObject({ ins_matricule: null, status: 'provisoire' });
  });

  it('never takes the INS of a person with another name', async () => {
    const one = person();
    insi.says(one.traits.birthName, found(one, freshIns(), { birthName: 'AUTRE' }));
    await door.send(adt('A28', one));
    await eventually(async () => expect(await codesOf(one)).toContain('INSI_TRAITS_DIFFER'));
    expect(await livingPatient(test, one)).toMatchObject({ ins_matricule: null });
  });

  it('never takes an INS with a wrong key', async () => {
    const one = person();
    insi.says(one.traits.birthName, found(one, { ...freshIns(), matricule: '179035121518900' }));
    await door.send(adt('A28', one));
    await eventually(async () => expect(await codesOf(one)).toContain('INS_INVALID'));
    expect(await livingPatient(test, one)).toMatchObject({ ins_matricule: null });
  });

  it('asks once for the same traits, again for others', async () => {
    const one = person();
    insi.says(one.traits.birthName, { kind: 'none' });
    await door.send(adt('A28', one), adt('A31', one));
    await eventually(async () => expect(await codesOf(one)).toContain('INSI_NOT_FOUND'));
    const asked = insi.asked(one.traits.birthName).length;
    await door.send(adt('A31', { ...one, traits: { ...one.traits, usedName: 'USAGE' } }));
    const corrected = { ...one, traits: { ...one.traits, birthDate: '1979-03-29' } };
    await door.send(adt('A31', corrected));
    await eventually(() => expect(insi.asked(one.traits.birthName).length).toBe(2 * asked));
    expect(insi.asked(one.traits.birthName).at(-1)?.birthDate).toBe('1979-03-29');
  });

  it('keeps the INS when the source speaks of the same person without it', async () => {
    const one = person();
    const ins = freshIns();
    insi.says(one.traits.birthName, found(one, ins));
    await door.send(adt('A28', one));
    await eventually(async () => expect(await livingPatient(test, one)).toMatchObject({ status: 'recuperee' }));
    await door.send(adt('A31', one, { patient: { pid32: ['VALI'] } }));
    expect(await livingPatient(test, one)).toMatchObject({ ins_matricule: ins.matricule, status: 'qualifiee' });
  });

  it('tries again after a technical fault, a cut connection and an overloaded service', async () => {
    const one = person();
    const fault = { kind: 'fault' as const, code: 'insi_102', label: 'Erreur technique' };
    insi.says(one.traits.birthName, fault, 'cut', { status: 503 }, found(one, freshIns()));
    await door.send(adt('A28', one));
    await eventually(async () => expect(await livingPatient(test, one)).toMatchObject({ status: 'recuperee' }));
    expect((await callsOf(one)).map(({ outcome, code }) => [outcome, code])).toEqual([
      ['fault', 'insi_102'],
      ['unreached', 'UND_ERR_SOCKET'],
      ['unreached', 'HTTP_503'],
      ['found', null],
    ]);
  });

  it('tells the identity cell when the service does not answer in the delay', async () => {
    const one = person();
    insi.says(one.traits.birthName, { status: 503 });
    await door.send(adt('A28', one));
    await eventually(async () => expect(await codesOf(one)).toContain('INSI_UNAVAILABLE'));
  });
});

describe('a domain where the sources decide', () => {
  it('makes proposals that change nothing', async () => {
    const one = person();
    const ins = freshIns();
    insi.says(one.traits.birthName, found(one, ins));
    await door.send(sud('A28', one));
    await eventually(async () => expect(await codesOf(one)).toContain('INSI_PROPOSAL'));
    const { id, ...patient } = await livingPatient(test, one);
    expect(patient).toMatchObject({ ins_matricule: null, version: 1 });
    const rows = await test.admin('SELECT ins_matricule FROM identity.insi_proposal WHERE patient_id = $1', [id]);
    expect(rows).toEqual([{ ins_matricule: ins.matricule }]);
  });
});
