import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedPdf } from '@pfi/cda';
import { ContentStore } from '@pfi/platform-content';
import { createService, routeInventory } from '@pfi/platform-http';
import { rejectsController } from '@pfi/platform-intake';
import { AccessTrail, accessesController, TenantAudit, type AccessView } from '@pfi/platform-service';
import { Database } from '@pfi/platform-postgres';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { createLogger } from '@pfi/platform-telemetry';
import { testIssuer, type TestIssuer } from '@pfi/platform-testing';
import supertest from 'supertest';
import { GoAhead } from '../src/deliveries/go-ahead.js';
import { OperatorActions } from '../src/deliveries/operator-actions.js';
import { ActivityController } from '../src/http/activity.controller.js';
import { DepositsController } from '../src/http/deposits.controller.js';
import { DocumentsController } from '../src/http/documents.controller.js';
import { GatewaysController } from '../src/http/gateways.controller.js';
import { LedgerController } from '../src/http/ledger.controller.js';
import { DepositDoor } from '../src/intake/rest/deposit-door.js';
import { LedgerCheck } from '../src/ledger/ledger-check.js';
import { RequestsInFlight } from '../src/ledger/requests-in-flight.js';
import { DocumentRepository } from '../src/persistence/document.repository.js';
import {
  controlId,
  documentsDatabase,
  freshPerson,
  mdm,
  openDocuments,
  qualified,
  theDocument,
  type Documents,
} from './test-documents.js';
import { testGroup } from './test-group.js';

const LIST = '/api/documents/v1/documents';
const ght = testGroup();

let server: TestDatabase;
let documents: Documents;
let issuer: TestIssuer;
let app: Awaited<ReturnType<typeof createService>>;

class ApiModule {}

const lines: string[] = [];
const said = { write: (line: string) => void lines.push(line) };

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, ght);
  issuer = await testIssuer();
  const { parts, database, contents } = documents;
  app = await createService({
    name: 'documents',
    logger: createLogger('documents-test', { level: 'fatal' }),
    config: {
      port: 0,
      auth: { issuers: [issuer.issuer], expandScopes: (scopes: string[]) => [...ght.expandScopes(scopes)] },
    },
    module: {
      module: ApiModule,
      controllers: [
        DocumentsController,
        ActivityController,
        DepositsController,
        GatewaysController,
        LedgerController,
        rejectsController('api/documents/v1/rejects'),
        accessesController('api/documents/v1'),
      ],
      providers: [
        { provide: Database, useValue: database },
        {
          provide: TenantAudit,
          useValue: new TenantAudit(database, () => ght.owners(), createLogger('audit', { destination: said })),
        },
        { provide: AccessTrail, useValue: new AccessTrail(database) },
        { provide: ContentStore, useValue: contents },
        { provide: DocumentRepository, useValue: parts.repository },
        { provide: OperatorActions, useValue: parts.actions },
        { provide: GoAhead, useValue: parts.goAhead },
        { provide: DepositDoor, useValue: parts.deposits },
        { provide: LedgerCheck, useValue: parts.ledger },
        { provide: RequestsInFlight, useValue: parts.inFlight },
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await app.close();
  await issuer.close();
  await server.drop();
});

async function as(roles: readonly string[], ...scopes: readonly string[]) {
  const token = await issuer.token({ pfi_roles: [...roles], pfi_scopes: [...scopes] });
  const get = (path: string) => supertest(app.getHttpServer()).get(path).auth(token, { type: 'bearer' });
  const post = (path: string) => supertest(app.getHttpServer()).post(path).auth(token, { type: 'bearer' });
  return { get, post };
}

const accepted = async (unit = '1010', person = freshPerson()) => {
  const id = controlId();
  const visit = { number: `SEJ-${id}`, authority: { name: 'NORD', oid: '2.999.1' }, patientClass: 'I', unit };
  await documents.send(mdm(person, { header: { controlId: id }, visit }));
  return { person, view: await theDocument(documents, id) };
};

it('every route says who may use it', () => {
  const routes = routeInventory(app);
  expect(routes.filter(({ policy }) => policy === 'none')).toEqual([]);
  const ours = routes.filter(({ policy }) => policy !== 'public').map(({ method, path }) => `${method} ${path}`);
  expect(ours).toEqual(
    expect.arrayContaining([
      `GET ${LIST}`,
      `POST ${LIST}`,
      `GET ${LIST}/:id/content`,
      `GET ${LIST}/:id/rendition`,
      'POST /internal/v1/deliveries/:id/claim',
    ]),
  );
});

describe('the ledger', () => {
  const path = '/api/documents/v1/ledger';
  const today = new Intl.DateTimeFormat('fr-CA', { timeZone: 'Europe/Paris' }).format(new Date());

  it('says of each day what was received and what became of it, to readers of the legal entity', async () => {
    await accepted();
    const reader = await as(['reader'], 'ej:990000101');
    const { body } = await reader.get(`${path}?from=${today}&to=${today}`).expect(200);
    expect(body).toMatchObject({ from: today, to: today, imbalance: 0, faults: [], next: null });
    expect(body.items).toEqual([expect.objectContaining({ owner: 'ej:990000101', day: today, imbalance: 0 })]);
    expect(body.items[0].received).toBeGreaterThan(0);
    const other = await as(['reader'], 'ej:990000200');
    expect((await other.get(`${path}?from=${today}&to=${today}`).expect(200)).body.items).toEqual([]);
    expect((await reader.get(`${path}?from=2026-01-01&to=2026-01-31`).expect(200)).body.items).toEqual([]);
  });

  it('asks for days, and for a reader', async () => {
    await (await as(['reader'], 'ght')).get(`${path}?from=hier&to=${today}`).expect(400);
    await (await as(['gateway'], 'ght')).get(`${path}?from=${today}&to=${today}`).expect(403);
  });

  it('takes what gateways say of the requests that they were asked', async () => {
    const gateway = await as(['gateway'], 'ght');
    const requests = '/internal/v1/requests-in-flight';
    const { body } = await gateway.get(`${requests}?channels=dmp`).expect(200);
    expect(body).toEqual({ items: [], next: null });
    await gateway.get(`${requests}?channels=pigeon`).expect(400);
    await gateway
      .post(requests)
      .send({ examined: [randomUUID()], lost: [] })
      .expect(204);
    await (await as(['reader'], 'ght')).get(`${requests}?channels=dmp`).expect(403);
  });
});

describe('the flows at a glance', () => {
  interface Seen {
    readonly receivedToday: number;
    readonly waiting: readonly { state: string; code: string; count: number; oldest: string }[];
  }
  const seenBy = async (scope: string): Promise<Seen> =>
    (await (await as(['reader'], scope)).get('/api/documents/v1/activity').expect(200)).body as Seen;
  const unknownPatients = ({ waiting }: Seen): number =>
    waiting.find(({ code }) => code === 'PATIENT_UNKNOWN')?.count ?? 0;

  it('count what waits by reason and what came today, inside the scopes', async () => {
    const [tilleuls, vieuxPont] = [await seenBy('eg:990000119'), await seenBy('eg:990000127')];
    const { view } = await accepted('1010');
    const held = view.deliveries.filter(({ reasons }) => reasons[0]?.code === 'PATIENT_UNKNOWN').length;
    expect(held).toBeGreaterThan(0);
    const after = await seenBy('eg:990000119');
    expect(after.receivedToday).toBe(tilleuls.receivedToday + 1);
    expect(unknownPatients(after)).toBe(unknownPatients(tilleuls) + held);
    expect(await seenBy('eg:990000127')).toMatchObject({ receivedToday: vieuxPont.receivedToday });
  });
});

describe('the list of documents', () => {
  it('finds a document by each of its filters', async () => {
    const { person, view } = await accepted();
    await documents.patientsChanged(qualified(person, 1));
    const reader = await as(['reader'], 'ght');
    const filters = {
      controlId: view.controlId,
      documentId: view.documentId,
      patient: person.patientId,
      stay: view.stay?.number ?? '',
    };
    for (const [name, value] of Object.entries(filters)) {
      const { body } = await reader
        .get(`${LIST}?${name}=${encodeURIComponent(value)}&source=dpi&state=in-delivery`)
        .expect(200);
      expect(body.items.map(({ id }: { id: string }) => id)).toEqual([view.id]);
    }
    const other = await reader.get(`${LIST}?controlId=${view.controlId}&state=held`).expect(200);
    expect(other.body).toEqual({ items: [], next: null });
    await reader.get(`${LIST}?state=inconnu`).expect(400);
    await reader.get(`${LIST}?nom=ESSAI`).expect(400);
  });

  it('goes on from page to page without losing or repeating one, newest first', async () => {
    const from = new Date().toISOString();
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await accepted()).view.id);
    const reader = await as(['reader'], 'ght');
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: { body: { items: { id: string }[]; next: string | null } } = await reader
        .get(`${LIST}?from=${from}&limit=2${next && `&cursor=${next}`}`)
        .expect(200);
      seen.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(seen).toEqual(ids);
    await reader.get(`${LIST}?cursor=abc`).expect(400);
  });

  it('shows a reader of one establishment its documents only: in the list, by id, and their content', async () => {
    const [mine, foreign] = [await accepted('1010'), await accepted('1020')];
    const reader = await as(['reader'], 'eg:990000119');
    for (const { view } of [mine, foreign]) {
      const status = view === mine.view ? 200 : 404;
      const { body } = await reader.get(`${LIST}?controlId=${view.controlId}`).expect(200);
      expect(body.items).toHaveLength(status === 200 ? 1 : 0);
      await reader.get(`${LIST}/${view.id}`).expect(status);
      await reader.get(`${LIST}/${view.id}/content`).expect(status);
      await reader.get(`${LIST}/${view.id}/rendition`).expect(status);
    }
    // The group is told who asked for what another establishment holds; what exists nowhere is nobody's business.
    await reader.get(`${LIST}/${randomUUID()}`).expect(404);
    const told = lines.map((line) => JSON.parse(line) as { code: string; id: string });
    expect(new Set(told.map(({ code, id }) => `${code} ${id}`))).toEqual(new Set([`CROSS_TENANT ${foreign.view.id}`]));
  });

  it('gives the bytes as received', async () => {
    const { view } = await accepted();
    const reader = await as(['reader'], 'ej:990000101');
    const { text, headers } = await reader.get(`${LIST}/${view.id}/content`).buffer(true).expect(200);
    const stored = await documents.contents.read(documents.scopes, 'ej:990000101', view.contentSha256);
    expect(Buffer.from(text)).toEqual(stored);
    expect(headers['content-disposition']).toContain(`${view.id}.xml`);
  });

  it('gives the document as a person reads it', async () => {
    const { view } = await accepted();
    const reader = await as(['reader'], 'ej:990000101');
    const { body, headers } = await reader.get(`${LIST}/${view.id}/rendition`).buffer(true).expect(200);
    expect(headers).toMatchObject({ 'content-type': 'application/pdf', 'cache-control': 'private, no-store' });
    const stored = await documents.contents.read(documents.scopes, 'ej:990000101', view.contentSha256);
    expect(Buffer.from(body as Buffer)).toEqual(embeddedPdf(stored));
  });
});

describe('rights', () => {
  it('let a reader look and an operator act, inside their scopes', async () => {
    const { view } = await accepted();
    const reader = await as(['reader'], 'ej:990000101');
    await reader.post(`${LIST}/${view.id}/abandon`).send({ reason: 'essai' }).expect(403);
    await reader.post(LIST).expect(403);
    const elsewhere = await as(['operator'], 'ej:990000200');
    await elsewhere.post(`${LIST}/${view.id}/abandon`).send({ reason: 'essai' }).expect(404);
    const operator = await as(['operator'], 'ej:990000101');
    await operator.post(`${LIST}/${view.id}/abandon`).send({ reason: 'doublon' }).expect(202);
    await operator.post(`${LIST}/${view.id}/abandon`).send({ reason: 'doublon' }).expect(409);
    await operator.get(`${LIST}/${randomUUID()}`).expect(404);
    await operator.get(`${LIST}/pas-un-id`).expect(400);
  });

  it('keep claims and artefacts for gateways', async () => {
    const { person, view } = await accepted();
    await documents.patientsChanged(qualified(person, 1));
    const path = `/internal/v1/deliveries/${view.deliveries[0]?.id}/claim`;
    const operator = await as(['operator', 'reader', 'admin'], 'ght');
    await operator.post(path).send({ request: 1 }).expect(403);
    const gateway = await as(['gateway'], 'ght');
    const { body } = await gateway.post(path).send({ request: 1 }).expect(200);
    await gateway.get(`/internal/v1/contents/${body.artefact.sha256}?owner=ej:990000101`).expect(200);
    const { body: stopped } = await gateway.post(path).send({ request: 7 }).expect(409);
    expect(stopped).toMatchObject({ code: 'DELIVERY_CANCELLED' });
  });

  it('show rejects of unknown senders to those of the whole group only', async () => {
    const id = controlId();
    await documents.send(mdm(freshPerson(), { header: { controlId: id, application: 'INCONNU' } }));
    const list = `/api/documents/v1/rejects?controlId=${id}`;
    const whole = await (await as(['operator'], 'ght')).get(list).expect(200);
    expect(whole.body.items).toMatchObject([{ code: 'SOURCE_NOT_ALLOWED', source: '?INCONNU|NORD' }]);
    const one = await (await as(['operator'], 'ej:990000101')).get(list).expect(200);
    expect(one.body.items).toEqual([]);
  });
});

describe('who read what', () => {
  const accesses = async (query: string, scope = 'ght'): Promise<AccessView[]> =>
    (await (await as(['admin'], scope)).get(`/api/documents/v1/accesses?${query}`).expect(200)).body.items;
  const actions = async (query: string, scope?: string) =>
    (await accesses(query, scope)).map(({ action, outcome }) =>
      outcome === 'SUCCESS' ? action : `${action} ${outcome}`,
    );

  it('is told of every way to see a document, and of what an operator did with it', async () => {
    const { person, view } = await accepted();
    await documents.patientsChanged(qualified(person, 1));
    const operator = await as(['operator'], 'ej:990000101');
    await operator.get(`${LIST}?stay=${view.stay?.number}&state=in-delivery`).expect(200);
    await operator.get(`${LIST}/${view.id}`).expect(200);
    await operator.get(`${LIST}/${view.id}/content`).expect(200);
    await operator.get(`${LIST}/${view.id}/rendition`).expect(200);
    const gateway = await as(['gateway'], 'ght');
    await gateway.post(`/internal/v1/deliveries/${view.deliveries[0]?.id}/claim`).send({ request: 1 }).expect(200);
    await operator.post(`${LIST}/${view.id}/withdraw`).send({ reason: 'erreur de patient : Mme ESSAI' }).expect(202);
    const told = await accesses(`document=${view.id}`);
    expect(told.map(({ action }) => action)).toEqual([
      'document-read',
      'withdraw',
      'delivery-claim',
      'document-pdf',
      'document-content',
      'document-read',
      'document-search',
    ]);
    expect(told[6]).toMatchObject({
      owner: 'ej:990000101',
      issuer: issuer.issuer,
      machine: false,
      patients: [person.patientId],
      documents: [view.id],
      details: ['state', 'stay'],
    });
    expect(await accesses(`patient=${person.patientId}`)).toEqual(told);
    // Neither a name, nor what was typed, nor the INS.
    const text = JSON.stringify(told);
    for (const value of ['ESSAI', 'erreur', view.stay?.number ?? '', person.ins.matricule, person.ipp])
      expect(text).not.toContain(value);
  });

  it('is not told again of what the reader holds unchanged, and is of what changed since', async () => {
    const { person, view } = await accepted();
    const operator = await as(['operator'], 'ej:990000101');
    for (const path of [`${LIST}/${view.id}`, `${LIST}?stay=${view.stay?.number}`]) {
      const first = await operator.get(path).expect(200);
      const again = await operator.get(path).set('if-none-match', String(first.headers['etag'])).expect(304);
      expect(again.text).toBe('');
      expect(again.headers['etag']).toBe(first.headers['etag']);
    }
    expect(await actions(`document=${view.id}`)).toEqual(['document-search', 'document-read']);
    const { headers } = await operator.get(`${LIST}/${view.id}`);
    await documents.patientsChanged(qualified(person, 1));
    const news = await operator.get(`${LIST}/${view.id}`).set('if-none-match', String(headers['etag'])).expect(200);
    expect(news.body).toMatchObject({ state: 'in-delivery' });
    expect(await actions(`document=${view.id}`)).toHaveLength(4);
  });

  it('is told to the owner of a document that others asked for, and of actions they tried', async () => {
    const { view } = await accepted();
    const elsewhere = await as(['operator'], 'ej:990000200');
    await elsewhere.get(`${LIST}/${view.id}/content`).expect(404);
    await elsewhere.post(`${LIST}/${view.id}/abandon`).send({ reason: 'essai' }).expect(404);
    const crossed = ['abandon CROSS_TENANT', 'document-content CROSS_TENANT'];
    expect(await actions(`document=${view.id}`, 'ej:990000101')).toEqual(crossed);
    expect(await actions(`document=${view.id}`, 'ej:990000200')).toEqual([]);
  });

  it('is for administrators', async () => {
    const path = '/api/documents/v1/accesses';
    await (await as(['reader', 'operator', 'identity-vigilance', 'gateway'], 'ght')).get(path).expect(403);
    const admin = await as(['admin'], 'ght');
    await admin.get(`${path}?nom=ESSAI`).expect(400);
    const { body } = await admin.get(`${path}/verification`).expect(200);
    expect(body.items).toContainEqual(expect.objectContaining({ owner: 'ej:990000101', faults: [] }));
  });

  it('is a condition of reading: nothing is shown nor done while the trail cannot be written', async () => {
    const { view } = await accepted();
    const operator = await as(['operator'], 'ej:990000101');
    const role = new URL(server.url('documents')).username;
    await server.admin(`REVOKE INSERT (id) ON documents.access_record FROM ${role}`);
    try {
      for (const path of ['', `/${view.id}`, `/${view.id}/content`, `/${view.id}/rendition`]) {
        const { text } = await operator.get(`${LIST}${path}`).expect(500);
        expect(text).not.toContain(view.documentId);
      }
      await operator.post(`${LIST}/${view.id}/abandon`).send({ reason: 'doublon' }).expect(500);
    } finally {
      await server.admin(`GRANT INSERT (id) ON documents.access_record TO ${role}`);
    }
    expect((await theDocument(documents, view.controlId)).state).toBe(view.state);
  });
});
