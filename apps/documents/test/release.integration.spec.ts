import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCda } from '@pfi/cda';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import {
  controlId,
  documentsDatabase,
  freshIns,
  freshPerson,
  identityOf,
  mdm,
  openDocuments,
  qualified,
  theDocument,
  type Documents,
  type DocumentView,
  type MessageChange,
  type Person,
} from './test-documents.js';
import { testGroup } from './test-group.js';

let server: TestDatabase;
let documents: Documents;

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, testGroup());
}, 60_000);
afterAll(() => server.drop());

/** Sends a document about a person and returns how to look at it. */
async function sent(person: Person, change: MessageChange = {}): Promise<() => Promise<DocumentView>> {
  const id = controlId();
  const [ack] = await documents.send(mdm(person, { ...change, header: { ...change.header, controlId: id } }));
  expect(ack?.code).toBe('AA');
  return () => theDocument(documents, id);
}

const dmp = (view: DocumentView) => view.deliveries[0] as DocumentView['deliveries'][number];
const types = async (view: DocumentView) =>
  (await documents.events(view.lineageId)).map(({ type }) => type.split('.')[1]);
const requests = async (view: DocumentView) =>
  (await documents.events(view.lineageId)).flatMap(({ payload }) => ('request' in payload ? [payload['request']] : []));
const bytes = (sha256: string) => documents.contents.read(documents.scopes, 'ej:990000101', sha256);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'given',
    (error: { code?: string }) => error.code,
  );
const outcome = (view: DocumentView, kind: 'delivered' | 'refused' | 'parked', code: string | null = null) =>
  documents.outcome({
    kind,
    deliveryId: dmp(view).id,
    documentId: view.id,
    attempts: 1,
    outcomeCode: code,
    outcomeText: code && 'motif',
    at: new Date().toISOString(),
  });

describe('a held delivery', () => {
  it('waits with its reason, and leaves by itself with the INS once the identity is qualified', async () => {
    const person = freshPerson();
    await documents.patientsChanged(identityOf(person));
    const look = await sent(person);
    expect(dmp(await look())).toMatchObject({ state: 'held', reasons: [{ code: 'INS_NOT_QUALIFIED' }] });
    await documents.patientsChanged(qualified(person, 2));
    const view = await look();
    expect(view.state).toBe('in-delivery');
    const { artefactSha256 } = dmp(view);
    expect(readCda(await bytes(artefactSha256 ?? '')).header.patient.ins).toEqual(person.ins);
    const making = view.timeline.find(({ event }) => event === 'complete-ins');
    expect(making?.text).toContain(view.contentSha256);
    expect(making?.text).toContain(artefactSha256);
    expect(await types(view)).toEqual(['document-recorded', 'delivery-held', 'delivery-requested']);
  });

  it('is never left behind when the document and its identity come at the same instant', async () => {
    const people = Array.from({ length: 12 }, freshPerson);
    const looks = await Promise.all(
      people.map(async (person) => {
        const [look] = await Promise.all([sent(person), documents.patientsChanged(qualified(person, 1))]);
        return look;
      }),
    );
    const states = await Promise.all(looks.map(async (look) => (await look()).state));
    expect(new Set(states)).toEqual(new Set(['in-delivery']));
  });

  it('leaves byte for byte when its CDA carries the qualified INS', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person, { document: { ins: person.ins } });
    const view = await look();
    expect(dmp(view)).toMatchObject({ state: 'pending', artefactSha256: view.contentSha256 });
  });

  it('is parked when its CDA, or its message, carries another INS', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const inside = await sent(person, { document: { ins: freshIns() } });
    const around = await sent(person, { patient: { ins: freshIns() } });
    for (const look of [inside, around])
      expect(await look()).toMatchObject({ state: 'parked', reasons: [{ code: 'INS_MISMATCH' }] });
    expect(await documents.feedback((await inside()).id)).toMatchObject([{ positive: false, code: '904' }]);
  });

  it('is parked when the qualified identity has other traits than the document', async () => {
    const person = freshPerson();
    const look = await sent(person);
    await documents.patientsChanged(qualified(person, 1, { traits: { ...person.traits, birthName: 'AUTREMENT' } }));
    expect(await look()).toMatchObject({ state: 'parked', reasons: [{ code: 'TRAITS_MISMATCH' }] });
  });

  it('is refused, and its sender told, when the source does not let its documents be completed', async () => {
    const person = freshPerson();
    const look = await sent(person, { header: { application: 'DPI-REFUSE' } });
    expect((await look()).state).toBe('held');
    await documents.patientsChanged(qualified(person, 1));
    const view = await look();
    expect(view).toMatchObject({ state: 'refused', reasons: [{ code: 'INS_ABSENT_FROM_DOCUMENT' }] });
    expect(await documents.feedback(view.id)).toMatchObject([{ positive: false, code: '903' }]);
  });

  it('does not apply to an opposed patient', async () => {
    const person = freshPerson();
    const look = await sent(person);
    await documents.patientsChanged(qualified(person, 1, { dmpOpposition: 'opposed' }));
    const view = await look();
    expect(view.state).toBe('not-sent');
    expect(dmp(view)).toMatchObject({ state: 'not-applicable', reasons: [{ code: 'DMP_OPPOSITION' }] });
  });

  it('follows a merge, whichever of the two patients is told first', async () => {
    for (const survivorFirst of [true, false]) {
      const retired = freshPerson();
      const survivor = { ...freshPerson(), traits: retired.traits };
      await documents.patientsChanged(identityOf(retired));
      const look = await sent(retired);
      const news = [qualified(survivor, 1), identityOf(retired, { version: 2, mergedInto: survivor.patientId })];
      for (const change of survivorFirst ? news : news.toReversed()) await documents.patientsChanged(change);
      expect(await look()).toMatchObject({ state: 'in-delivery', patientId: survivor.patientId });
    }
  });

  it('ignores an older word about its patient', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 5));
    await documents.patientsChanged(identityOf(person, { version: 4 }));
    expect((await (await sent(person))()).state).toBe('in-delivery');
  });
});

describe('the go-ahead', () => {
  it('describes what to send, as often as the same request asks', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 3));
    const view = await (await sent(person))();
    const claim = await documents.claim(dmp(view).id, 1);
    expect(claim).toMatchObject({
      documentId: view.id,
      identityVersion: 3,
      patient: { ...person.ins, local: { value: person.ipp, authorityOid: '2.999.1' } },
      document: { uniqueId: view.documentId, type: { code: '11490-0' } },
      submission: { contentType: { code: '03' } },
    });
    expect(await documents.claim(dmp(view).id, 1)).toEqual(claim);
  });

  it('is refused after a correction, and given to the new request after requalification', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    const { id } = dmp(await look());
    await documents.patientsChanged(identityOf(person, { version: 2, status: 'provisoire' }));
    expect(await refusal(documents.claim(id, 1))).toBe('DELIVERY_HELD');
    expect(await types(await look())).toContain('delivery-cancelled');
    await documents.patientsChanged(qualified(person, 3));
    expect(await requests(await look())).toEqual([1, 2]);
    expect(await refusal(documents.claim(id, 1))).toBe('DELIVERY_CANCELLED');
    expect((await documents.claim(id, 2)).identityVersion).toBe(3);
  });

  it('asks the rules a last time: an identity that is no longer qualified stops a delivery that nobody judged again', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    const { id } = dmp(await look());
    // The read model alone, as if the following had failed.
    await server.admin(`UPDATE documents.identity SET status = 'provisoire', version = 2 WHERE patient_id = $1`, [
      person.patientId,
    ]);
    expect(await refusal(documents.claim(id, 1))).toBe('DELIVERY_HELD');
    expect(dmp(await look())).toMatchObject({ state: 'held', reasons: [{ code: 'INS_NOT_QUALIFIED' }] });
  });

  it('makes the artefact again when the INS changed and nothing left', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    const before = dmp(await look());
    const ins = freshIns();
    await documents.patientsChanged(qualified(person, 2, { ins }));
    const claim = await documents.claim(before.id, 1);
    expect(claim.patient).toMatchObject(ins);
    expect(claim.artefact.sha256).not.toBe(before.artefactSha256);
    expect(readCda(await bytes(claim.artefact.sha256)).header.patient.ins).toEqual(ins);
  });

  it('parks when the INS changed after a first departure', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    const { id } = dmp(await look());
    await documents.claim(id, 1);
    await documents.patientsChanged(qualified(person, 2, { ins: freshIns() }));
    expect(await refusal(documents.claim(id, 1))).toBe('DELIVERY_CANCELLED');
    expect(await look()).toMatchObject({ state: 'parked', reasons: [{ code: 'INS_MISMATCH' }] });
  });

  it('is not given for a delivery that does not exist', async () => {
    expect(await refusal(documents.claim(randomUUID(), 1))).toBe('DELIVERY_UNKNOWN');
  });

  it('cancels when the patient opposed since', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    await documents.patientsChanged(qualified(person, 2, { dmpOpposition: 'opposed' }));
    expect(dmp(await look())).toMatchObject({ state: 'cancelled', reasons: [{ code: 'DMP_OPPOSITION' }] });
    expect(await refusal(documents.claim(dmp(await look()).id, 1))).toBe('DELIVERY_CANCELLED');
  });
});

describe('an outcome', () => {
  async function requested(): Promise<() => Promise<DocumentView>> {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    return sent(person);
  }

  it('of success closes the document and tells the sender once, however often it is said', async () => {
    const look = await requested();
    const view = await look();
    await outcome(view, 'delivered');
    await outcome(view, 'delivered');
    await outcome(view, 'parked', 'EXPIRED');
    expect(await look()).toMatchObject({ state: 'delivered', deliveries: [{ state: 'delivered', attempts: 1 }] });
    expect(await documents.feedback(view.id)).toEqual([{ positive: true }]);
  });

  it('of refusal shows the code of the DMP and tells it to the sender', async () => {
    const look = await requested();
    await outcome(await look(), 'refused', 'DMPClosed');
    const view = await look();
    expect(view).toMatchObject({ state: 'refused', reasons: [{ code: 'DMPClosed' }] });
    expect(await documents.feedback(view.id)).toMatchObject([
      { positive: false, code: 'DMPClosed', system: 'DMPERRORCODE' },
    ]);
  });

  it('that needs a person tells the sender nothing yet; replay asks again with a new number', async () => {
    const look = await requested();
    await outcome(await look(), 'parked', 'EXPIRED');
    const parked = await look();
    expect(parked.state).toBe('parked');
    expect(await documents.feedback(parked.id)).toEqual([]);
    // An operator of the legal entity, who may not read the identity domain by which the delivery is judged.
    await documents.parts.actions.replay({ ...documents.operator, scopes: ['ej:990000101'] }, parked.id);
    const again = await look();
    expect(again).toMatchObject({ state: 'in-delivery', reasons: [], deliveries: [{ outcomeCode: null }] });
    expect(await requests(again)).toEqual([1, 2]);
    expect((await documents.claim(dmp(again).id, 2)).deliveryId).toBe(dmp(again).id);
  });

  it('is not asked for any more once the document is abandoned', async () => {
    const look = await requested();
    const view = await look();
    await documents.parts.actions.abandon(documents.operator, view.id, 'patient transféré');
    expect(await look()).toMatchObject({ state: 'abandoned', deliveries: [{ state: 'cancelled' }] });
    expect((await types(view)).at(-1)).toBe('delivery-cancelled');
    expect(await refusal(documents.claim(dmp(view).id, 1))).toBe('DELIVERY_CANCELLED');
    expect(await refusal(documents.parts.actions.replay(documents.operator, view.id))).toBe('ACTION_NOT_APPLICABLE');
  });

  it('cannot be touched from outside the scopes', async () => {
    const view = await (await requested())();
    expect(
      await refusal(documents.parts.actions.replay({ ...documents.operator, scopes: ['ej:990000200'] }, view.id)),
    ).toBe('DOCUMENT_UNKNOWN');
  });
});

describe('the sweep', () => {
  const later = () => new Date(Date.now() + 120_000);

  it('finds nothing where every event was followed', async () => {
    await documents.parts.sweep.run(later());
    await sent(freshPerson());
    expect(await documents.parts.sweep.run(later())).toBe(0);
  });

  it('releases a delivery whose identity came without its event being followed', async () => {
    const [known, unknown] = [freshPerson(), freshPerson()];
    await documents.patientsChanged(identityOf(known));
    const looks = [await sent(known), await sent(unknown)];
    // The read model alone, as if the following had failed.
    const traits = JSON.stringify(known.traits);
    for (const { patientId, ins } of [known, unknown])
      await server.admin(
        `INSERT INTO documents.identity (patient_id, owner, version, status, ins_matricule, ins_oid, traits, dmp_opposition, fictitious)
         VALUES ($1, 'dom:nord', 2, 'qualifiee', $2, $3, $4, 'none', false)
         ON CONFLICT (patient_id) DO UPDATE SET status = 'qualifiee', ins_matricule = $2, ins_oid = $3`,
        [patientId, ins.matricule, ins.oid, traits],
      );
    await server.admin(
      `INSERT INTO documents.identity_identifier (owner, authority, value, patient_id) VALUES ('dom:nord', 'NORD', $1, $2)`,
      [unknown.ipp, unknown.patientId],
    );
    expect(await documents.parts.sweep.run(later())).toBe(2);
    for (const look of looks) expect((await look()).state).toBe('in-delivery');
  });

  it('releases what waited for a channel that a new GHT file opens', async () => {
    const closed = await openDocuments(
      server,
      testGroup((file) => file.replace('dmp: true', 'dmp: false')),
    );
    const person = freshPerson();
    const id = controlId();
    await documents.patientsChanged(qualified(person, 1));
    await closed.send(mdm(person, { header: { controlId: id } }));
    expect(await theDocument(documents, id)).toMatchObject({ state: 'held', reasons: [{ code: 'CHANNEL_DISABLED' }] });
    expect(await closed.parts.sweep.run(later())).toBe(0);
    expect(await documents.parts.sweep.run(later())).toBe(1);
    expect((await theDocument(documents, id)).state).toBe('in-delivery');
  });
});

describe('an outcome that is said again', () => {
  it('changes nothing and is not told to the sender a second time', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    const said = {
      kind: 'refused' as const,
      deliveryId: dmp(await look()).id,
      documentId: (await look()).id,
      attempts: 1,
      outcomeCode: 'DMPClosed',
      outcomeText: 'motif',
      at: new Date().toISOString(),
    };
    await documents.outcome({ ...said, replay: true, kind: 'parked' });
    expect(dmp(await look()).state).toBe('pending');
    await documents.outcome(said);
    const before = await look();
    await documents.outcome({ ...said, replay: true });
    expect(await look()).toEqual(before);
  });

  it('still reaches a delivery that waits for it', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await sent(person);
    await documents.outcome({
      kind: 'delivered',
      deliveryId: dmp(await look()).id,
      documentId: (await look()).id,
      attempts: 1,
      outcomeCode: null,
      outcomeText: null,
      at: new Date().toISOString(),
      replay: true,
    });
    expect(dmp(await look()).state).toBe('delivered');
  });
});
