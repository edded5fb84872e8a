import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readAck } from '@pfi/hl7v2';
import { rawBytes, rejectBytes, sha256Of } from '@pfi/platform-intake';
import { assertRowLevelSecurity, type TestDatabase } from '@pfi/platform-postgres/testing';
import {
  controlId,
  documentsDatabase,
  freshOid,
  freshPerson,
  identityOf,
  mdm,
  openDocuments,
  qualified,
  theDocument,
  type Documents,
} from './test-documents.js';
import { testGroup } from './test-group.js';

let server: TestDatabase;
let documents: Documents;
let other: Documents;

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, testGroup());
  other = await openDocuments(server, testGroup());
}, 60_000);
afterAll(() => server.drop());

const withId = (id: string) => ({ header: { controlId: id } });

describe('the MLLP door of documents', () => {
  it('acknowledges a document once its bytes, rows and events are committed', async () => {
    const person = freshPerson();
    const id = controlId();
    const oid = freshOid();
    const [ack] = await documents.send(mdm(person, { ...withId(id), document: { id: oid } }));
    expect(ack).toMatchObject({ code: 'AA', controlId: id });
    const view = await theDocument(documents, id);
    expect(view).toMatchObject({
      documentId: oid,
      state: 'held',
      source: 'dpi',
      establishment: '990000119',
      deliveries: [{ channel: 'dmp', state: 'held', reasons: [{ code: 'PATIENT_UNKNOWN' }] }],
    });
    expect(
      (await documents.contents.read(documents.scopes, 'ej:990000101', view.contentSha256)).includes(
        'ClinicalDocument',
      ),
    ).toBe(true);
    expect((await documents.events(view.lineageId)).map(({ type, sequence }) => [type, sequence])).toEqual([
      ['documents.document-recorded.v1', 1],
      ['documents.delivery-held.v1', 2],
    ]);
  });

  it.each([
    ['once', 'as every sender writes it', (text: string) => text],
    ['twice', 'that cannot be told from it', (text: string) => text.replace('^Base64^', '^Base64^ ')],
  ])('keeps every byte of a message, its document %s, with base64 %s', async (times, _base64, change) => {
    const id = controlId();
    const frame = Buffer.from(change(mdm(freshPerson(), withId(id)).toString()));
    expect((await documents.send(frame))[0]?.code).toBe('AA');
    const [row] = await server.admin<{ id: string; size: number; sha256: Buffer; kept: number; document: number }>(
      `SELECT m.id, m.size, m.sha256, octet_length(m.raw) AS kept, c.size::int AS document
       FROM documents.message m JOIN documents.document d ON d.message_id = m.id
       JOIN documents.content c ON c.owner = d.owner AND c.sha256 = decode(d.content_sha256, 'hex') WHERE m.control_id = $1`,
      [id],
    );
    const bytes = await documents.database.transaction(documents.scopes, (tx) => rawBytes(tx, row?.id ?? ''));
    expect(bytes?.equals(frame)).toBe(true);
    expect([row?.size, row?.sha256.equals(sha256Of(frame))]).toEqual([frame.length, true]);
    expect((row?.kept ?? 0) < (row?.document ?? 0)).toBe(times === 'once');
  });

  it('keeps every byte of a message that only the database could refuse', async () => {
    const [person, oid, id] = [freshPerson(), freshOid(), controlId()];
    const other = mdm(person, { ...withId(id), document: { id: oid, title: 'Autre contenu' } });
    const acks = await documents.send(mdm(person, { ...withId(controlId()), document: { id: oid } }), other);
    expect(acks.map(({ code }) => code)).toEqual(['AA', 'AE']);
    const [row] = await server.admin<{ id: string }>('SELECT id FROM documents.message WHERE control_id = $1', [id]);
    const bytes = await documents.database.transaction(documents.scopes, (tx) => rejectBytes(tx, row?.id ?? ''));
    expect(bytes?.equals(other)).toBe(true);
  });

  it('gives the same acknowledgement bytes to the same frame, with one document', async () => {
    const id = controlId();
    const frame = mdm(freshPerson(), withId(id));
    const first = await documents.answers([frame]);
    const second = await other.answers([frame, frame]);
    expect(second).toEqual([first[0], first[0]]);
    expect(await documents.documents({ controlId: id })).toHaveLength(1);
  });

  it('makes one document of copies that race on two instances, under one or several control ids', async () => {
    const person = freshPerson();
    const id = controlId();
    const oid = freshOid();
    const document = { id: oid, setId: freshOid() };
    const frame = mdm(person, { ...withId(id), document });
    const sameDocument = mdm(person, { document });
    const answers = await Promise.all(
      [frame, sameDocument, frame, sameDocument].map((bytes, index) =>
        (index % 2 ? other : documents).answers([bytes]),
      ),
    );
    const acks = answers.flat().map((answer) => ('ack' in answer ? readAck(answer.ack).code : 'closed'));
    expect(acks).toEqual(['AA', 'AA', 'AA', 'AA']);
    expect(answers[0]).toEqual(answers[2]);
    expect(await documents.documents({ documentId: oid })).toHaveLength(1);
  });

  it('refuses one bad message of a batch, keeps it under rejets, and takes the others', async () => {
    const [before, bad, after] = [controlId(), controlId(), controlId()];
    const acks = await documents.send(
      mdm(freshPerson(), withId(before)),
      mdm(freshPerson(), { ...withId(bad), cda: Buffer.from('pas un CDA') }),
      mdm(freshPerson(), withId(after)),
    );
    expect(acks.map(({ code }) => code)).toEqual(['AA', 'AE', 'AA']);
    expect(await documents.documents({ controlId: bad })).toEqual([]);
    const rejects = await server.admin('SELECT source, code, outcome FROM documents.message WHERE control_id = $1', [
      bad,
    ]);
    expect(rejects).toEqual([{ source: 'dpi', code: 'CDA_INVALID', outcome: 'rejected' }]);
    expect(await documents.documents({ controlId: before })).toHaveLength(1);
    expect(await documents.documents({ controlId: after })).toHaveLength(1);
  });

  it('keeps the message of an unknown source under rejets, for those who see the whole group', async () => {
    const id = controlId();
    const [ack] = await documents.send(mdm(freshPerson(), { header: { controlId: id, application: 'INCONNU' } }));
    expect(ack).toMatchObject({ code: 'AE', error: { code: 'SOURCE_NOT_ALLOWED' } });
    const [row] = await server.admin('SELECT owner, source, raw FROM documents.message WHERE control_id = $1', [id]);
    expect(row).toMatchObject({ owner: 'ght', source: '?INCONNU|NORD' });
  });

  it('refuses a document about another person than the message', async () => {
    const person = freshPerson();
    const [ack] = await documents.send(mdm(person, { document: { traits: { ...person.traits, birthName: 'AUTRE' } } }));
    expect(ack).toMatchObject({ code: 'AE', error: { code: 'PATIENT_MISMATCH' } });
  });

  it('refuses another content under a known document id', async () => {
    const person = freshPerson();
    const document = { id: freshOid() };
    const acks = [
      ...(await documents.send(mdm(person, { document }))),
      ...(await documents.send(mdm(person, { document: { ...document, title: 'Autre titre' } }))),
    ];
    expect(acks.map(({ code, error }) => error?.code ?? code)).toEqual(['AA', 'DOCUMENT_ID_REUSED']);
  });

  it('parks a document whose parent link contradicts what is known', async () => {
    const person = freshPerson();
    const setId = freshOid();
    await documents.patientsChanged(qualified(person, 1));
    await documents.send(mdm(person, { document: { setId } }));
    const id = controlId();
    const [ack] = await documents.send(mdm(person, { ...withId(id), document: { setId, version: 2 } }));
    expect(ack?.code).toBe('AA');
    expect(await theDocument(documents, id)).toMatchObject({
      state: 'parked',
      reasons: [{ code: 'LINEAGE_CONFLICT' }],
    });
  });

  it('takes an ORU with an N3 as it takes an MDM', async () => {
    const person = freshPerson();
    const id = controlId();
    const [ack] = await documents.send(mdm(person, { ...withId(id), messageType: 'ORU', level: 'N3' }));
    expect(ack?.code).toBe('AA');
    expect(await theDocument(documents, id)).toMatchObject({ level: 'N3', deliveries: [{ form: 'cda-n3' }] });
  });

  it('tells the identity context about a vouched identity, and waits for its answer', async () => {
    const person = freshPerson();
    const id = controlId();
    const patient = { ins: person.ins, pid32: ['VALI'] };
    await documents.send(mdm(person, { header: { controlId: id, application: 'RIS' }, patient }));
    const waiting = await theDocument(documents, id);
    expect(waiting.deliveries[0]).toMatchObject({ state: 'held', reasons: [{ code: 'IDENTITY_PENDING' }] });
    const vouched = (await documents.events(waiting.lineageId)).find(
      ({ type }) => type === 'documents.identity-vouched.v1',
    );
    expect(vouched?.payload).toMatchObject({ ins: person.ins, domain: 'nord', source: 'ris' });
    await documents.patientsChanged(qualified(person, 1));
    expect(await theDocument(documents, id)).toMatchObject({ state: 'in-delivery', patientId: person.patientId });
  });

  it('does not choose between two patients behind one document, now or later', async () => {
    const [one, two] = [freshPerson(), freshPerson()];
    const id = controlId();
    const identifiers = [one, two].map(({ ipp }) => ({
      authority: { name: 'NORD', oid: '2.999.1' },
      value: ipp,
      type: 'PI',
    }));
    await documents.patientsChanged(identityOf(one), identityOf(two));
    await documents.send(mdm(one, { ...withId(id), patient: { identifiers } }));
    await documents.patientsChanged(qualified(one, 2));
    expect(await theDocument(documents, id)).toMatchObject({ patientId: null, state: 'held' });
    await documents.patientsChanged(identityOf(two, { version: 2, mergedInto: one.patientId }));
    expect(await theDocument(documents, id)).toMatchObject({ patientId: one.patientId, state: 'in-delivery' });
  });
});

it('every table of the schema is under row-level security', () => assertRowLevelSecurity(server.adminUrl, 'documents'));
