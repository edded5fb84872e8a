import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readAck } from '@pfi/hl7v2';
import { startService, type RunningService } from '@pfi/platform-http';
import { MllpClient } from '@pfi/platform-mllp';
import { Outbox } from '@pfi/platform-messaging';
import { JobQueue } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { ClockWatch, DoorPressure, listAccesses, TenantAudit } from '@pfi/platform-service';
import { createLogger } from '@pfi/platform-telemetry';
import { freePort, testIssuer, type TestIssuer } from '@pfi/platform-testing';
import { identityParts } from '../src/app.module.js';
import { a40, adt, freshIns, freshPerson, identitySchema, type Person } from './test-door.js';
import { testGroup } from './test-group.js';

let test: TestDatabase;
let issuer: TestIssuer;
let service: RunningService;
let client: MllpClient;
const ght = testGroup();

beforeAll(async () => {
  test = await identitySchema();
  issuer = await testIssuer();
  const port = await freePort();
  const logger = createLogger('identity-test');
  const database = await test.open('identity');
  const systemDatabase = await test.open('identity', { role: 'system' });
  const { module, strategies } = identityParts(
    {
      ...{ ght, logger, database, systemDatabase, outbox: new Outbox(), jobs: new JobQueue() },
      doors: new DoorPressure(),
      clock: new ClockWatch({ database: systemDatabase, limits: { warnMs: 500, refuseMs: 2_000 }, logger }),
      audit: new TenantAudit(database, () => ght.owners(), logger),
    },
    { PFI_ENVIRONMENT: 'trial', PFI_MLLP_PORT: port } as Parameters<typeof identityParts>[1],
  );
  service = await startService({
    name: 'identity',
    module,
    microservices: strategies ?? [],
    config: {
      port: 0,
      auth: { issuers: [issuer.issuer], expandScopes: (scopes) => [...ght.expandScopes(scopes)] },
    },
    logger,
    signals: false,
  });
  client = new MllpClient({ host: '127.0.0.1', port });
});
afterAll(async () => {
  await client?.close();
  await service?.stop();
  await issuer?.close();
  await test?.drop();
});

async function call(
  method: 'GET' | 'POST',
  path: string,
  options: { readonly body?: unknown; readonly scopes?: string[]; readonly roles?: string[] } = {},
): Promise<{
  status: number;
  body: Record<string, unknown> & { items: Record<string, unknown>[]; next: string | null };
}> {
  const { body, scopes = ['ght'], roles = ['reader'] } = options;
  const token = await issuer.token({ pfi_scopes: scopes, pfi_roles: roles });
  const response = await fetch(`${service.url}/api/identity/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as never };
}

const send = async (message: Buffer): Promise<string> => readAck(await client.send(message)).code;
const search = (person: Person, scopes?: string[]) =>
  call('POST', '/patients/search', {
    body: { ipp: { authority: '2.999.1', value: person.ipp } },
    ...(scopes ? { scopes } : {}),
  });

describe('from the ADT door to the API', () => {
  it('a patient sent by MLLP is found by IPP, INS, and name with birth date', async () => {
    const person = freshPerson('L’Éléphant');
    const ins = freshIns();
    expect(await send(adt('A28', person, { patient: { ins, pid32: ['VALI'] } }))).toBe('AA');
    const found = await search(person);
    expect(found.status).toBe(200);
    expect(found.body).toMatchObject({
      items: [
        {
          identifiers: [{ authority: 'NORD', value: person.ipp, type: 'PI' }],
          ins: { ...ins, status: 'qualifiee' },
          traits: { birthName: 'L’Éléphant' },
          mergedInto: null,
        },
      ],
      next: null,
    });
    const id = found.body.items[0]?.['id'];
    const byIns = await call('POST', '/patients/search', { body: { ins: { matricule: ins.matricule } } });
    const byName = await call('POST', '/patients/search', { body: { name: "l'elephant", birthDate: '1979-03-28' } });
    expect([byIns.body.items[0]?.['id'], byName.body.items[0]?.['id']]).toEqual([id, id]);
  });

  it('a retired patient is shown with its survivor, its history says why, and its IPP finds the survivor', async () => {
    const [kept, gone] = [freshPerson(), freshPerson()];
    await send(adt('A28', kept));
    await send(adt('A28', gone));
    const retired = (await search(gone)).body.items[0]?.['id'];
    await send(a40(kept, gone));
    const survivor = (await search(gone)).body.items[0];
    expect(survivor?.['id']).toBe((await search(kept)).body.items[0]?.['id']);
    expect((await call('GET', `/patients/${String(retired)}`)).body).toMatchObject({
      id: retired,
      mergedInto: survivor?.['id'],
    });
    const history = await call('GET', `/patients/${String(retired)}/history?limit=1`);
    expect(history.body.items).toMatchObject([
      { version: 2, event: 'A40', source: 'gam-nord', changes: ['identifiers', 'mergedInto'] },
    ]);
    const before = await call('GET', `/patients/${String(retired)}/history?cursor=${String(history.body.next)}`);
    expect(before.body).toMatchObject({ items: [{ version: 1, event: 'A28' }], next: null });
  });

  it('another domain’s patient is not found, neither by search nor by id', async () => {
    const person = freshPerson();
    await send(adt('A28', person));
    const id = String((await search(person)).body.items[0]?.['id']);
    expect((await search(person, ['dom:sud'])).body).toMatchObject({ items: [] });
    const one = await call('GET', `/patients/${id}`, { scopes: ['dom:sud'] });
    expect(one).toMatchObject({ status: 404, body: { code: 'PATIENT_UNKNOWN' } });
    expect((await call('GET', `/patients/${id}/history`, { scopes: ['dom:sud'] })).status).toBe(404);
  });

  it('a search without exactly one way to search, or with a name alone, is refused', async () => {
    for (const body of [
      {},
      { name: 'DUPONT' },
      { ins: { matricule: '1'.repeat(15) }, ipp: { authority: 'NORD', value: '1' } },
      { nom: 'X' },
    ]) {
      expect(await call('POST', '/patients/search', { body })).toMatchObject({
        status: 400,
        body: { code: 'BODY_INVALID' },
      });
    }
  });

  it('without the role nothing is shown', async () => {
    expect((await call('GET', '/tasks', { roles: ['gateway'] })).status).toBe(403);
    expect((await call('GET', '/rejects', { roles: ['gateway'] })).status).toBe(403);
  });

  it('tasks are listed page by page and closed by the identity cell', async () => {
    const people = [freshPerson(), freshPerson(), freshPerson()];
    for (const person of people) {
      const ins = freshIns();
      const wrong = { ...ins, matricule: `${ins.matricule.slice(0, 13)}${ins.matricule.endsWith('01') ? '02' : '01'}` };
      await send(adt('A28', person, { patient: { ins: wrong, pid32: ['VALI'] } }));
    }
    const first = await call('GET', '/tasks?state=open&code=INS_INVALID&limit=2');
    const second = await call('GET', `/tasks?state=open&code=INS_INVALID&limit=2&cursor=${String(first.body.next)}`);
    expect([first.body.items.length, second.body.items.length, second.body.next]).toEqual([2, 1, null]);
    const [task] = first.body.items;
    expect(task).toMatchObject({
      code: 'INS_INVALID',
      domain: 'nord',
      closedAt: null,
      text: expect.stringContaining('INS'),
    });
    const close = `/tasks/${String(task?.['id'])}/close`;
    expect((await call('POST', close)).status).toBe(403);
    const closed = await call('POST', close, { roles: ['identity-vigilance'] });
    expect(closed.body).toMatchObject({ id: task?.['id'], closedAt: expect.any(String), closedBy: expect.any(String) });
    expect((await call('POST', close, { roles: ['identity-vigilance'], scopes: ['dom:sud'] })).status).toBe(404);
  });

  it('a refused message is listed under rejects with its reason', async () => {
    const message = adt('A99', freshPerson(), { header: { controlId: 'REFUS-1' } });
    expect(await send(message)).toBe('AE');
    const { body } = await call('GET', '/rejects?controlId=REFUS-1');
    expect(body).toMatchObject({
      items: [{ controlId: 'REFUS-1', code: 'EVENT_UNSUPPORTED', source: 'gam-nord', size: message.length }],
      next: null,
    });
  });

  it('a cursor that is not one of ours is refused', async () => {
    for (const path of ['/tasks?cursor=abc', '/rejects?cursor=WyJ4IiwieSJd']) {
      expect(await call('GET', path)).toMatchObject({ status: 400, body: { code: 'CURSOR_INVALID' } });
    }
  });
});

describe('who read what', () => {
  const trailOf = async (scope: string) =>
    (await test.open('identity', { poolSize: 1 })).transaction([scope], (tx) => listAccesses(tx, {}, { limit: 200 }));
  const known = async () => {
    const person = freshPerson();
    await send(adt('A28', person));
    return { person, id: String((await search(person)).body.items[0]?.['id']) };
  };

  it('names the patients that a search found and the criteria, never their values', async () => {
    const { person, id } = await known();
    await call('GET', `/patients/${id}`);
    await call('GET', `/patients/${id}/history`);
    const about = (await trailOf('dom:nord')).filter(({ patients }) => patients.includes(id));
    expect(about).toMatchObject([
      { action: 'patient-history', outcome: 'SUCCESS', documents: [], details: [] },
      { action: 'patient-read', subject: expect.any(String), issuer: issuer.issuer, machine: false },
      { action: 'patient-search', patients: [id], details: ['ipp'] },
    ]);
    expect(JSON.stringify(about)).not.toContain(person.ipp);
  });

  it('keeps a search that found nothing', async () => {
    await call('POST', '/patients/search', {
      body: { name: 'INCONNUE', birthDate: '1901-01-01' },
      scopes: ['dom:sud'],
    });
    const [last] = await trailOf('dom:sud');
    expect(last).toMatchObject({ action: 'patient-search', patients: [], details: ['name', 'birthDate'] });
    expect(JSON.stringify(last)).not.toContain('INCONNUE');
  });

  it('tells the domain who asked for its patients from elsewhere', async () => {
    const { id } = await known();
    expect((await call('GET', `/patients/${id}`, { scopes: ['dom:sud'] })).status).toBe(404);
    expect((await call('GET', `/patients/${id}/history`, { scopes: ['dom:sud'] })).status).toBe(404);
    const crossed = (await trailOf('dom:nord')).filter(({ outcome }) => outcome === 'CROSS_TENANT');
    expect(crossed.filter(({ patients }) => patients.includes(id)).map(({ action }) => action)).toEqual([
      'patient-history',
      'patient-read',
    ]);
    expect((await trailOf('dom:sud')).filter(({ patients }) => patients.includes(id))).toEqual([]);
  });

  it('is a condition of reading: no trait is shown while the trail cannot be written', async () => {
    const { person, id } = await known();
    const role = new URL(test.url('identity')).username;
    await test.admin(`REVOKE INSERT (id) ON identity.access_record FROM ${role}`);
    try {
      for (const answer of [
        await search(person),
        await call('GET', `/patients/${id}`),
        await call('GET', `/patients/${id}/history`),
      ]) {
        expect(answer.status).toBe(500);
        expect(JSON.stringify(answer.body)).not.toContain(person.ipp);
      }
    } finally {
      await test.admin(`GRANT INSERT (id) ON identity.access_record TO ${role}`);
    }
  });
});
