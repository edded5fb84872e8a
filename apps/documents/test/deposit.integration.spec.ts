import { randomUUID } from 'node:crypto';
import { request, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedPdf, readCda } from '@pfi/cda';
import { writeCdaN1ForTests } from '@pfi/cda/testing';
import { createService } from '@pfi/platform-http';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually, testIssuer, type TestIssuer } from '@pfi/platform-testing';
import supertest from 'supertest';
import { DepositsController } from '../src/http/deposits.controller.js';
import { DepositDoor } from '../src/intake/rest/deposit-door.js';
import { depositMetadataExample, depositMetadataSchema } from '../src/intake/rest/deposit-metadata.schema.js';
import {
  documentsDatabase,
  freshOid,
  freshPerson,
  openDocuments,
  qualified,
  type Documents,
  type Person,
} from './test-documents.js';
import { testGroup } from './test-group.js';

const PATH = '/api/documents/v1/documents';
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nstartxref\n9\n%%EOF\n');

let server: TestDatabase;
let documents: Documents;
let issuer: TestIssuer;
let app: Awaited<ReturnType<typeof createService>>;
let tokens: { portail: string; sud: string; person: string };

class DepositsModule {}

const ght = testGroup();

const serve = ({ parts }: Documents) =>
  createService({
    name: 'documents',
    logger: createLogger('documents-test', { level: 'fatal' }),
    config: {
      port: 0,
      auth: {
        issuers: [],
        machineIssuer: issuer.issuer,
        expandScopes: (scopes: string[]) => [...ght.expandScopes(scopes)],
      },
    },
    module: {
      module: DepositsModule,
      controllers: [DepositsController],
      providers: [{ provide: DepositDoor, useValue: parts.deposits }],
    },
  });

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, ght);
  issuer = await testIssuer();
  app = await serve(documents);
  const machine = (sub: string, scope: string) => issuer.token({ sub, pfi_roles: ['operator'], pfi_scopes: [scope] });
  tokens = {
    portail: await machine('client-portail', 'ej:990000101'),
    sud: await machine('client-sud', 'ej:990000200'),
    person: await machine('quelqu-un', 'ght'),
  };
}, 60_000);
afterAll(async () => {
  await app.close();
  await issuer.close();
  await server.drop();
});

const metadataOf = (person: Person, change: Record<string, unknown> = {}) => ({
  ...depositMetadataExample,
  source: 'portail',
  custodian: undefined,
  patient: { ipp: { value: person.ipp, authority: 'NORD' }, traits: person.traits },
  ...change,
});

interface Sent {
  readonly metadata: unknown;
  readonly file?: Buffer;
  readonly type?: string;
  readonly key?: string;
  readonly token?: string;
  readonly to?: typeof app;
}

function deposit({ metadata, file = PDF, type = 'application/pdf', key, token = tokens.portail, to = app }: Sent) {
  const text = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  const request = supertest(to.getHttpServer()).post(PATH).auth(token, { type: 'bearer' });
  if (key !== undefined) void request.set('Idempotency-Key', key);
  return request
    .field('metadata', text, { contentType: 'application/json' })
    .attach('file', file, { filename: 'document', contentType: type });
}

const rejected = (key: string) =>
  server.admin(`SELECT owner, source, code FROM documents.message WHERE control_id = $1 AND outcome = 'rejected'`, [
    key,
  ]);

describe('the REST door of documents', () => {
  it('has an example that its schema accepts', () => {
    expect(depositMetadataSchema.safeParse(depositMetadataExample)).toMatchObject({ success: true });
  });

  it('takes a PDF, waits for the INS, and renders a CDA N1 whose ids were fixed at acceptance', async () => {
    const person = freshPerson();
    const key = randomUUID();
    const answer = await deposit({ metadata: metadataOf(person), key }).expect(202);
    const { id, documentId } = answer.body as { id: string; documentId: string };
    expect(answer.headers['location']).toBe(`${PATH}/${id}`);
    expect(documentId).toMatch(/^2\.999\.10\.1\.\d+$/);
    const [held] = await documents.documents({ controlId: key });
    expect(held).toMatchObject({
      id,
      documentId,
      level: 'N1',
      state: 'held',
      deliveries: [{ channel: 'dmp', form: 'cda-n1' }],
    });

    await documents.patientsChanged(qualified(person, 1));
    const [released] = await documents.documents({ controlId: key });
    const delivery = released?.deliveries[0];
    const claim = await documents.claim(delivery?.id ?? '', 1);
    const artefact = await documents.contents.read(documents.scopes, 'ej:990000101', claim.artefact.sha256);
    const { header } = readCda(artefact);
    expect(header).toMatchObject({
      id: { root: documentId },
      title: 'Lettre de liaison à la sortie',
      patient: { ins: person.ins },
    });
    expect(embeddedPdf(artefact)).toEqual(PDF);
    expect(claim.document).toMatchObject({
      uniqueId: documentId,
      creationTime: '20260105091500',
      practiceSetting: { code: 'ETABLISSEMENT' },
    });
    expect(claim.document.authors[0]?.person).toMatchObject({ id: '810100000008', family: 'MÉDECIN' });
    expect(claim.document.setId).toBe(header.setId?.root);
  });

  it('takes a CDA on the same path as a message', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const key = randomUUID();
    const cda = writeCdaN1ForTests({
      id: freshOid(),
      ins: person.ins,
      traits: person.traits,
      localIds: [{ root: '2.999.1', extension: person.ipp }],
    });
    await deposit({ metadata: metadataOf(person), file: cda, type: 'text/xml', key }).expect(202);
    const [view] = await documents.documents({ controlId: key });
    expect(view).toMatchObject({ state: 'in-delivery', deliveries: [{ artefactSha256: view?.contentSha256 }] });
  });

  it('lets a source that may vouch say VALI with an INS', async () => {
    const person = freshPerson();
    const key = randomUUID();
    const patient = { ins: person.ins, status: 'VALI', traits: person.traits };
    await deposit({ metadata: metadataOf(person, { patient }), key }).expect(202);
    const [view] = await documents.documents({ controlId: key });
    const types = (await documents.events(view?.lineageId ?? '')).map(({ type }) => type);
    expect(types).toContain('documents.identity-vouched.v1');
  });

  it('answers the same request byte for byte, also when two copies race', async () => {
    const sent = { metadata: metadataOf(freshPerson()), key: randomUUID() };
    const [one, two] = await Promise.all([deposit(sent).expect(202), deposit(sent).expect(202)]);
    const three = await deposit(sent).expect(202);
    expect([two.text, three.text]).toEqual([one.text, one.text]);
    expect(three.headers['location']).toBe(one.headers['location']);
    expect(await documents.documents({ controlId: sent.key })).toHaveLength(1);
  });

  it('makes one document of one CDA that comes under several keys at the same instant', async () => {
    const person = freshPerson();
    const id = freshOid();
    const file = writeCdaN1ForTests({
      id,
      setId: freshOid(),
      ins: person.ins,
      traits: person.traits,
      localIds: [{ root: '2.999.1', extension: person.ipp }],
    });
    const copy = () => deposit({ metadata: metadataOf(person), file, type: 'text/xml', key: randomUUID() }).expect(202);
    const answers = await Promise.all([copy(), copy(), copy()]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await documents.documents({ documentId: id })).toHaveLength(1);
  });

  it('refuses a key that was accepted with another content', async () => {
    const person = freshPerson();
    const key = randomUUID();
    await deposit({ metadata: metadataOf(person), key }).expect(202);
    const answer = await deposit({ metadata: metadataOf(person, { title: 'Autre' }), key }).expect(422);
    expect(answer.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await rejected(key)).toEqual([{ owner: 'ej:990000101', source: 'portail', code: 'IDEMPOTENCY_KEY_REUSED' }]);
  });

  it('lets a refused request be mended under its key', async () => {
    const person = freshPerson();
    const key = randomUUID();
    await deposit({ metadata: metadataOf(person), file: Buffer.from('<html/>'), key }).expect(422);
    await deposit({ metadata: metadataOf(person), key }).expect(202);
  });

  it('absorbs the same content without key within a day', async () => {
    const sent = { metadata: metadataOf(freshPerson()) };
    const first = await deposit(sent).expect(202);
    expect((await deposit(sent).expect(202)).text).toBe(first.text);
  });

  it.each([
    ['something else than a PDF', Buffer.from('<html></html>'), 'DOCUMENT_TYPE_MISMATCH'],
    ['an archive behind a PDF', Buffer.concat([PDF, Buffer.from('PK\x05\x06', 'latin1')]), 'DOCUMENT_TYPE_MISMATCH'],
    ['an empty file', Buffer.alloc(0), 'PDF_UNREADABLE'],
    ['a truncated PDF', PDF.subarray(0, 30), 'PDF_UNREADABLE'],
    ['an encrypted PDF', Buffer.from('%PDF-1.4\ntrailer<</Encrypt 5 0 R>>\nstartxref\n9\n%%EOF\n'), 'PDF_ENCRYPTED'],
  ])('refuses %s and keeps it under rejets', async (_what, file, code) => {
    const key = randomUUID();
    const answer = await deposit({ metadata: metadataOf(freshPerson()), file, key }).expect(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code, pointer: '/file' });
    expect(await rejected(key)).toEqual([{ owner: 'ej:990000101', source: 'portail', code }]);
    expect(await documents.documents({ controlId: key })).toEqual([]);
  });

  it('refuses a file above 20 MiB', async () => {
    const key = randomUUID();
    const file = Buffer.alloc(20 * 1024 * 1024 + 1, '%');
    const answer = await deposit({ metadata: metadataOf(freshPerson()), file, key }).expect(413);
    expect(answer.body).toMatchObject({ code: 'DOCUMENT_TOO_LARGE' });
    expect(await rejected(key)).toHaveLength(1);
  });

  it.each([
    ['an unknown field', { metadata: { ...metadataOf(freshPerson()), inconnu: 1 } }, '/inconnu'],
    [
      'an unknown field inside',
      { metadata: metadataOf(freshPerson(), { stay: { number: '1', lit: 2 } }) },
      '/stay/lit',
    ],
    ['a duplicated key', { metadata: '{"source":"portail","source":"portail"}' }, '/source'],
    [
      'a wrong RPPS',
      { metadata: metadataOf(freshPerson(), { author: { ...depositMetadataExample.author, rpps: '12345678901' } }) },
      '/author/rpps',
    ],
    ['a PDF without author', { metadata: metadataOf(freshPerson(), { author: undefined }) }, '/author'],
    [
      'a patient without identifier',
      { metadata: metadataOf(freshPerson(), { patient: { traits: freshPerson().traits } }) },
      '/patient',
    ],
  ])('refuses %s with a pointer to it', async (_what, sent, pointer) => {
    const answer = await deposit(sent).expect(400);
    expect(answer.body).toMatchObject({ code: 'BODY_INVALID', pointer });
  });

  it('takes a PDF in place of another, in a CDA of the same set that names it', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const first = await deposit({ metadata: metadataOf(person), key: randomUUID() }).expect(202);
    const { id, documentId } = first.body as { id: string; documentId: string };
    for (const [name, version] of [
      [documentId, 2],
      [id, 2],
    ] as const) {
      const key = randomUUID();
      const answer = await deposit({ metadata: metadataOf(person, { relatesTo: { documentId: name } }), key });
      if (name === id) {
        // The version that takes the same place came just before.
        expect(answer.body).toMatchObject({ code: 'VERSION_REUSED' });
        continue;
      }
      const [second] = await documents.documents({ controlId: key });
      expect(second).toMatchObject({ version, replaces: id, state: 'in-delivery' });
      const claim = await documents.claim(second?.deliveries[0]?.id ?? '', 1);
      const bytes = await documents.contents.read(documents.scopes, 'ej:990000101', claim.artefact.sha256);
      const { header } = readCda(bytes);
      expect(header).toMatchObject({
        setId: { root: second?.setId },
        versionNumber: 2,
        relatedDocument: { typeCode: 'RPLC', parentId: { root: documentId } },
      });
    }
    const [before] = await documents.documents({ documentId });
    expect(before?.deliveries[0]).toMatchObject({ state: 'cancelled', reasons: [{ code: 'SUPERSEDED' }] });
  });

  it.each([
    [
      'a replacement of a document that nobody knows',
      { relatesTo: { documentId: '2.999.5' } },
      422,
      'PREDECESSOR_UNKNOWN',
    ],
    ['the custodian of another source', { custodian: { finess: '990000200' } }, 403, 'SOURCE_NOT_ALLOWED'],
    ['a source that nobody declared', { source: 'inconnue' }, 403, 'SOURCE_NOT_ALLOWED'],
  ])('refuses %s', async (_what, change, status, code) => {
    const answer = await deposit({ metadata: metadataOf(freshPerson(), change) }).expect(status);
    expect(answer.body).toMatchObject({ code });
  });

  it('refuses a machine that the source does not name, whatever its scopes', async () => {
    for (const token of [tokens.sud, tokens.person]) {
      const key = randomUUID();
      const answer = await deposit({ metadata: metadataOf(freshPerson()), token, key }).expect(403);
      expect(answer.body).toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
      expect(await rejected(key)).toMatchObject([{ owner: 'ght' }]);
    }
  });

  it('refuses an authority of another domain, and one that nobody knows', async () => {
    const person = freshPerson();
    const patient = (authority: string) => ({
      patient: { ipp: { value: person.ipp, authority }, traits: person.traits },
    });
    const foreign = await deposit({ metadata: metadataOf(person, patient('SUD')) }).expect(403);
    expect(foreign.body).toMatchObject({ code: 'SOURCE_NOT_ALLOWED', pointer: '/patient/ipp' });
    const unknown = await deposit({ metadata: metadataOf(person, patient('AILLEURS')) }).expect(422);
    expect(unknown.body).toMatchObject({ code: 'AUTHORITY_UNKNOWN' });
  });

  it('refuses a form that is none, or has other parts', async () => {
    const post = () => supertest(app.getHttpServer()).post(PATH).auth(tokens.portail, { type: 'bearer' });
    await post().send({ metadata: {} }).expect(415);
    await post().field('metadata', '{}').expect(400);
    await post().field('autre', '{}').expect(400);
    await post().set('content-type', 'multipart/form-data; boundary=x').send('--x\r\nrien').expect(400);
  });

  it('says 503 to a large document while others are under way, and takes small ones meanwhile', async () => {
    const served = await serve(documents);
    const { port } = served.getHttpServer().listen(0).address() as AddressInfo;
    const held: ClientRequest[] = [];
    // Says that 20 MiB come, and sends none of them; one that found no room asks again.
    const announce = (): void => {
      const open = request({
        ...{ port, method: 'POST', path: PATH },
        headers: {
          authorization: `Bearer ${tokens.portail}`,
          'content-type': 'multipart/form-data; boundary=x',
          'content-length': 20 * 1024 * 1024,
        },
      });
      open.on('response', announce).on('error', () => undefined);
      open.flushHeaders();
      held.push(open);
    };
    announce();
    announce();
    const filler = Buffer.concat([Buffer.from('%PDF-1.4\n%'), Buffer.alloc(9 * 1024 * 1024, 'x'), Buffer.from('\n')]);
    const large = { file: Buffer.concat([filler, PDF.subarray(9)]) };
    const busy = () => deposit({ metadata: metadataOf(freshPerson()), ...large, to: served });
    await eventually(async () => expect((await busy()).body).toMatchObject({ code: 'DEPOSITS_BUSY', status: 503 }));
    await deposit({ metadata: metadataOf(freshPerson()), to: served }).expect(202);
    for (const open of held) open.destroy();
    await eventually(async () => expect((await busy()).status).toBe(202));
    await served.close();
  });

  it('says 503 with Retry-After while the database is away, and takes the request afterwards', async () => {
    const cut = await openDocuments(server, ght);
    await cut.database.close();
    const away = await serve(cut);
    const sent = { metadata: metadataOf(freshPerson()), key: randomUUID() };
    const answer = await deposit({ ...sent, to: away }).expect(503);
    await away.close();
    expect(answer.headers['retry-after']).toBeDefined();
    await deposit(sent).expect(202);
  });

  it('is described with its schema and example in the OpenAPI document', async () => {
    const { body } = await supertest(app.getHttpServer()).get('/openapi.json').expect(200);
    const form = body.paths[PATH].post.requestBody.content['multipart/form-data'].schema;
    expect(form.properties.metadata.example).toEqual(JSON.parse(JSON.stringify(depositMetadataExample)));
  });
});
