import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedPdf, readCda } from '@pfi/cda';
import { writeCdaForTests } from '@pfi/cda/testing';
import { mailClaimSchema, type MailClaim } from '@pfi/contracts';
import type { MailOutcome } from '@pfi/documents-core';
import type { DocumentFlags, Recipient } from '@pfi/hl7v2';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
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
  type DocumentView,
  type MessageChange,
  type Person,
} from './test-documents.js';
import { mailGroup, NORD, testGroup } from './test-group.js';

let server: TestDatabase;
let documents: Documents;

beforeAll(async () => {
  server = await documentsDatabase();
  documents = await openDocuments(server, mailGroup());
}, 60_000);
afterAll(() => server.drop());

const toBoth: DocumentFlags = {
  destDmp: false,
  destMssPs: true,
  destMssPat: true,
  ackReception: true,
  ackLecture: true,
};
const doctor = (address = 'a.medecin@cabinet.mssante.fr'): Recipient => ({
  kind: 'professional',
  person: { id: '810000000001', family: 'MÉDECIN', given: 'Anne', idType: 'IDNPS', idAuthority: '1.2.250.1.71.4.2.1' },
  address,
});

/** Sends a document to the doctor and to the patient, and returns how to look at it. */
async function mailed(person: Person, change: MessageChange = {}): Promise<() => Promise<DocumentView>> {
  const id = controlId();
  const [ack] = await documents.send(
    mdm(person, { flags: toBoth, recipients: [doctor()], ...change, header: { ...change.header, controlId: id } }),
  );
  expect(ack?.code).toBe('AA');
  return () => theDocument(documents, id);
}

type Channel = 'mss-pro' | 'mss-patient';
const mail = (view: DocumentView, channel: Channel) =>
  view.deliveries.find((delivery) => delivery.channel === channel) as DocumentView['deliveries'][number];
const claim = async (view: DocumentView, channel: Channel, request = 1): Promise<MailClaim> =>
  mailClaimSchema.parse(await documents.claim(mail(view, channel).id, request));
const bytes = (sha256: string) => documents.contents.read(documents.scopes, NORD.owner, sha256);

const tell = (view: DocumentView, channel: Channel, kind: MailOutcome, code: string | null = null, replay = false) =>
  documents.outcome({
    kind,
    replay,
    deliveryId: mail(view, channel).id,
    documentId: view.id,
    attempts: 1,
    outcomeCode: code,
    outcomeText: code && 'motif',
    at: new Date().toISOString(),
    receipt: { messageId: `<${mail(view, channel).id}@nord.mssante.fr>`, address: 'a.medecin@cabinet.mssante.fr' },
  });

describe('a document for a professional and for its patient', () => {
  it('leaves by mail once the INS is qualified, with its PDF and the wishes of its source', async () => {
    const person = freshPerson();
    await documents.patientsChanged(identityOf(person));
    const look = await mailed(person, {
      bodies: { ps: 'Cher confrère,', patient: 'Bonjour' },
      replyTo: 'secretariat@nord.mssante.fr',
      flags: { ...toBoth, finMes: true },
    });
    for (const channel of ['mss-pro', 'mss-patient'] as const)
      expect(mail(await look(), channel)).toMatchObject({ state: 'held', reasons: [{ code: 'INS_NOT_QUALIFIED' }] });

    await documents.patientsChanged(qualified(person, 2));
    const view = await look();
    const toDoctor = await claim(view, 'mss-pro');
    const toPatient = await claim(view, 'mss-patient');
    expect(toDoctor).toMatchObject({
      operation: 'send',
      patient: { matricule: person.ins.matricule },
      recipient: { kind: 'professional', id: '810000000001', address: 'a.medecin@cabinet.mssante.fr' },
      mail: { body: 'Cher confrère,', replyTo: 'secretariat@nord.mssante.fr', replyAllowed: true, readNotice: true },
      predecessor: null,
    });
    expect(toPatient).toMatchObject({
      patient: { matricule: person.ins.matricule },
      recipient: { kind: 'patient', address: null },
      mail: { body: 'Bonjour', replyAllowed: false },
    });
    const cda = await bytes(toDoctor.artefact.sha256);
    expect(readCda(cda).header.patient.ins).toEqual(person.ins);
    expect(await bytes(toDoctor.pdf?.sha256 ?? '')).toEqual(embeddedPdf(cda));
    expect(toPatient.pdf).toEqual(toDoctor.pdf);
  });

  it('carries the copy of a structured document, byte for byte', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const pdf = Buffer.from('%PDF-1.4 copie du document');
    const look = await mailed(person, { level: 'N3', document: { pdf } });
    expect(await bytes((await claim(await look(), 'mss-patient')).pdf?.sha256 ?? '')).toEqual(pdf);
  });

  it('carries a PDF/A drawn from a structured document that has no copy, once for everybody', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await mailed(person, { level: 'N3' });
    const view = await look();
    const toDoctor = await claim(view, 'mss-pro');
    const pdf = await bytes(toDoctor.pdf?.sha256 ?? '');
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.includes('pdfaid:part')).toBe(true);
    expect((await claim(view, 'mss-patient')).pdf).toEqual(toDoctor.pdf);
    const drawn = view.timeline.filter(({ event }) => event === 'render-pdf');
    expect(drawn.map(({ text }) => text)).toEqual([expect.stringContaining(toDoctor.pdf?.sha256 ?? '')]);
  });

  it('is set aside when no PDF can be made of it, and nothing else is held up', async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const id = controlId();
    const cda = writeCdaForTests('N1', {
      ins: person.ins,
      traits: { ...person.traits, birthFirstGivenName: 'JEANNE' },
      localIds: [],
      id: freshOid(),
      setId: freshOid(),
    });
    const image = Buffer.from(cda.toString().replace('mediaType="application/pdf"', 'mediaType="image/tiff"'));
    const documentId = { root: readCda(image).header.id.root };
    const flags = { ...toBoth, destDmp: true };
    const [ack] = await documents.send(
      mdm(person, { cda: image, documentId, flags, recipients: [doctor()], header: { controlId: id } }),
    );
    expect(ack?.code).toBe('AA');
    const view = await theDocument(documents, id);
    expect(view.deliveries.map(({ channel, state }) => [channel, state])).toEqual([
      ['dmp', 'pending'],
      ['mss-pro', 'parked'],
      ['mss-patient', 'parked'],
    ]);
    expect(mail(view, 'mss-pro').reasons).toMatchObject([{ code: 'ARTEFACT_NOT_MADE' }]);
  });

  it('does not go where its source, its type or the age of the patient forbid, and the sender is told', async () => {
    const child = { ...freshPerson(), traits: { ...freshPerson().traits, birthDate: '2020-02-29' } };
    await documents.patientsChanged(qualified(child, 1));
    const look = await mailed(child, { flags: { ...toBoth, masquePs: true, invisibleRepLegaux: true } });
    const view = await look();
    expect(mail(view, 'mss-pro')).toMatchObject({
      state: 'not-applicable',
      reasons: [{ code: 'HIDDEN_FROM_PROFESSIONALS' }],
    });
    expect(mail(view, 'mss-patient')).toMatchObject({
      state: 'not-applicable',
      reasons: [{ code: 'HIDDEN_FROM_REPRESENTATIVES' }],
    });
    expect(await documents.told(view.id)).toEqual(['Z02 N 906', 'Z02 N 906']);
  });

  it('goes once to somebody who is named twice', async () => {
    const look = await mailed(freshPerson(), { recipients: [doctor(), doctor('A.Medecin@CABINET.mssante.fr')] });
    expect((await look()).deliveries.filter(({ channel }) => channel === 'mss-pro')).toHaveLength(1);
  });
});

describe('a mail to a professional without qualified INS', () => {
  const inOneHour = () => new Date(Date.now() + 25 * 3_600_000);
  const later = async (look: () => Promise<DocumentView>) => {
    await documents.parts.sweep.run(inOneHour());
    return look();
  };

  it('leaves without matricule after the delay, and that of the patient still waits', async () => {
    const person = freshPerson();
    await documents.patientsChanged(identityOf(person));
    const look = await mailed(person, { patient: { ins: person.ins } });
    await documents.parts.sweep.run(new Date(Date.now() + 23 * 3_600_000));
    expect(mail(await look(), 'mss-pro').state).toBe('held');
    const view = await later(look);
    expect(mail(view, 'mss-pro').state).toBe('pending');
    expect(mail(view, 'mss-patient').state).toBe('held');
  });

  it('never carries a matricule that is not qualified', async () => {
    const person = freshPerson();
    await documents.patientsChanged(identityOf(person));
    const look = await mailed(person, { document: { ins: person.ins } });
    expect(mail(await later(look), 'mss-pro')).toMatchObject({
      state: 'held',
      reasons: [{ code: 'INS_IN_DOCUMENT_NOT_QUALIFIED' }],
    });
    await documents.patientsChanged(qualified(person, 2));
    expect(mail(await look(), 'mss-pro').state).toBe('pending');
  });
});

describe('a mail to a professional that leaves at once without INS', () => {
  let eager: Documents;
  beforeAll(async () => {
    eager = await openDocuments(
      server,
      mailGroup((file) => `${file}delays: { mssProWithoutIns: send }\n`),
    );
  });

  const sentWithout = async (person: Person) => {
    const id = controlId();
    await eager.send(mdm(person, { flags: toBoth, recipients: [doctor()], header: { controlId: id } }));
    return () => theDocument(eager, id);
  };
  const claimed = async (view: DocumentView, request = 1) =>
    mailClaimSchema.parse(await eager.claim(mail(view, 'mss-pro').id, request));

  it('says no matricule at all', async () => {
    const look = await sentWithout(freshPerson());
    expect((await claimed(await look())).patient).toMatchObject({ matricule: null, oid: null });
  });

  it('takes the INS that is qualified before it is claimed, and stays as it is afterwards', async () => {
    const [first, second] = [freshPerson(), freshPerson()];
    const [before, after] = [await sentWithout(first), await sentWithout(second)];
    const without = await claimed(await after());
    for (const person of [first, second]) await eager.patientsChanged(qualified(person, 1));
    expect((await claimed(await before())).patient.matricule).toBe(first.ins.matricule);
    expect(await claimed(await after())).toMatchObject({ patient: { matricule: null }, artefact: without.artefact });
  });

  it('leaves as it came when its source does not let its documents be completed', async () => {
    const person = freshPerson();
    await eager.patientsChanged(qualified(person, 1));
    const id = controlId();
    const header = { controlId: id, application: 'DPI-REFUSE' };
    await eager.send(mdm(person, { flags: toBoth, recipients: [doctor()], header }));
    const view = await theDocument(eager, id);
    expect(await claimed(view)).toMatchObject({
      patient: { matricule: null },
      artefact: { sha256: view.contentSha256 },
    });
    expect(mail(view, 'mss-patient')).toMatchObject({
      state: 'refused',
      reasons: [{ code: 'INS_ABSENT_FROM_DOCUMENT' }],
    });
  });
});

describe('a mail that waits for the group', () => {
  it.each([
    ['a mailbox', (file: string) => file.replace(/ {4}mailbox: .*\n/, ''), 'MAILBOX_MISSING'],
    ['its channel', (file: string) => file.replace('mssPro: true', 'mssPro: false'), 'CHANNEL_DISABLED'],
  ])('leaves when a new file brings %s', async (_what, without, code) => {
    const before = await openDocuments(server, mailGroup(without));
    const person = freshPerson();
    await before.patientsChanged(qualified(person, 1));
    const id = controlId();
    await before.send(
      mdm(person, { flags: { ...toBoth, destMssPat: false }, recipients: [doctor()], header: { controlId: id } }),
    );
    expect(mail(await theDocument(before, id), 'mss-pro').reasons).toMatchObject([{ code }]);
    await documents.parts.sweep.run(new Date(Date.now() + 120_000));
    expect(mail(await theDocument(documents, id), 'mss-pro').state).toBe('pending');
  });
});

describe('what becomes of a mail', () => {
  const leaving = async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const look = await mailed(person, { flags: { ...toBoth, destMssPat: false } });
    await claim(await look(), 'mss-pro');
    return look;
  };

  it('is sent, delivered, read; the sender hears of the delivery and of the reading, once each', async () => {
    const look = await leaving();
    const view = await look();
    await tell(view, 'mss-pro', 'sent', '250');
    expect(await look()).toMatchObject({ state: 'delivered', deliveries: [{}, { state: 'sent' }] });
    expect(await documents.told(view.id)).toEqual([]);
    for (const kind of ['delivered', 'delivered', 'read', 'read', 'sent'] as const) await tell(view, 'mss-pro', kind);
    expect(mail(await look(), 'mss-pro').state).toBe('delivered');
    expect(await documents.told(view.id)).toEqual(['Z02 Y', 'Z03 Y']);
    const events = (await look()).timeline.map(({ event }) => event);
    expect(events.slice(-3)).toEqual(['delivery-sent', 'delivery-delivered', 'delivery-read']);
  });

  it('is refused with the code of the operator, and the sender is told', async () => {
    const look = await leaving();
    await tell(await look(), 'mss-pro', 'refused', '550');
    expect(await look()).toMatchObject({ state: 'refused', reasons: [{ code: '550' }] });
    expect(await documents.told((await look()).id)).toEqual(['Z02 N 550']);
  });

  it('is refused when it comes back, even after a delivery notice, and no late notice takes that back', async () => {
    const look = await leaving();
    const view = await look();
    await tell(view, 'mss-pro', 'delivered');
    await tell(view, 'mss-pro', 'bounced', '552');
    for (const kind of ['delivered', 'sent'] as const) await tell(view, 'mss-pro', kind);
    expect(mail(await look(), 'mss-pro')).toMatchObject({ state: 'refused', outcomeCode: '552' });
    expect(await documents.told(view.id)).toEqual(['Z02 Y', 'Z02 N 552']);
  });

  it('changes nothing when a republication says it again', async () => {
    const look = await leaving();
    const view = await look();
    await tell(view, 'mss-pro', 'delivered');
    const known = await look();
    await tell(view, 'mss-pro', 'bounced', '552', true);
    expect(await look()).toEqual(known);
  });

  it('is parked until a person replays it', async () => {
    const look = await leaving();
    await tell(await look(), 'mss-pro', 'parked', 'ADDRESS_NOT_FOUND');
    expect((await look()).state).toBe('parked');
    await documents.parts.actions.replay(documents.operator, (await look()).id);
    expect((await claim(await look(), 'mss-pro', 2)).recipient.address).toBe('a.medecin@cabinet.mssante.fr');
  });
});

describe('the versions of a mailed document', () => {
  const series = async () => {
    const person = freshPerson();
    await documents.patientsChanged(qualified(person, 1));
    const id = freshOid();
    const setId = freshOid();
    const look = await mailed(person, { document: { id, setId }, flags: { ...toBoth, destMssPat: false } });
    await claim(await look(), 'mss-pro');
    const view = await look();
    await tell(view, 'mss-pro', 'sent', '250');
    return { person, id, setId, look, messageId: `<${mail(view, 'mss-pro').id}@nord.mssante.fr>` };
  };

  it('name the mail that they take the place of', async () => {
    const { person, id, setId, messageId } = await series();
    const parentId = { root: id };
    const look = await mailed(person, {
      kind: 'replace',
      parentId,
      flags: { ...toBoth, destMssPat: false },
      document: { id: freshOid(), setId, version: 2, relatedDocument: { typeCode: 'RPLC', parentId } },
    });
    expect(await claim(await look(), 'mss-pro')).toMatchObject({
      operation: 'replace',
      predecessor: { uniqueId: id, messageId },
    });
  });

  it('are withdrawn by a mail without PDF that names the one that left', async () => {
    const { person, id, setId, look, messageId } = await series();
    const [ack] = await documents.send(
      mdm(person, {
        kind: 'delete',
        flags: { ...toBoth, destMssPat: false },
        recipients: [doctor()],
        document: { id, setId },
      }),
    );
    expect(ack?.code).toBe('AA');
    const view = await look();
    const withdrawal = view.deliveries.find(({ operation }) => operation === 'withdraw');
    expect(withdrawal).toMatchObject({ channel: 'mss-pro', state: 'pending' });
    expect(await documents.claim(withdrawal?.id ?? '', 1)).toMatchObject({
      operation: 'withdraw',
      pdf: null,
      predecessor: { uniqueId: id, messageId },
      patient: { matricule: person.ins.matricule },
    });
  });
});

describe('an address', () => {
  const answer = async (change: MessageChange) => {
    const [ack] = await documents.send(mdm(freshPerson(), { flags: toBoth, ...change }));
    return [ack?.code, ack?.error?.code];
  };

  it.each([
    ['a quoted local part', '"a@evil x"@cabinet.mssante.fr'],
    ['a group', 'equipe:a@cabinet.mssante.fr;'],
    ['2 000 characters', `${'a'.repeat(2_000)}@cabinet.mssante.fr`],
  ])('that is no plain address refuses the message: %s', async (_what, address) => {
    expect(await answer({ recipients: [doctor(address)] })).toEqual(['AE', 'ADDRESS_INVALID']);
    expect(await answer({ recipients: [doctor()], replyTo: address })).toEqual(['AE', 'ADDRESS_INVALID']);
  });

  it('outside the space of trust holds its mail and is told', async () => {
    const look = await mailed(freshPerson(), { recipients: [doctor('a.medecin@gmail.com')] });
    const view = await look();
    expect(mail(view, 'mss-pro')).toMatchObject({ state: 'held', reasons: [{ code: 'RECIPIENT_UNTRUSTED' }] });
    expect(view.timeline.map(({ text }) => text).join()).toContain('espace de confiance');
  });
});

describe('a fictitious patient', () => {
  it('gets no mail in production', async () => {
    const live = await openDocuments(server, testGroup(), 'production');
    const id = randomUUID().slice(0, 20);
    const frame = mdm(freshPerson(), { flags: toBoth, patient: { pid32: ['FICT'] }, header: { controlId: id } });
    await live.send(frame);
    expect(mail(await theDocument(live, id), 'mss-patient').reasons).toMatchObject([{ code: 'PATIENT_FICTITIOUS' }]);
  });
});
