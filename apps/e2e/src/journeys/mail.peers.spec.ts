import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { independent, MAILBOXES, mailsIn, RELAYED_DOMAIN } from '@pfi/platform-mail-peers';
import type { IndependentFile, IndependentMail, IndependentObject } from '@pfi/platform-mail-peers';
import { eventually } from '@pfi/platform-testing';
import { documentTypes, judgeSubmissions, letterPdf, mdm, newPatient, professional } from '@pfi/tools';
import type { DocumentOptions, SentDocument, SyntheticPatient } from '@pfi/tools';
import { mailPeersOfThisRun } from '../setup/mail-peers-place.js';
import { Platform } from '../setup/platform.js';

/** The platform as it is, behind Postfix and Dovecot; mails, archives and notices are read and written by Python. */
const platform = new Platform();
const place = mailPeersOfThisRun();
const dpi = platform.sender('dpi-a');
const applicativeMailbox = 'pfi@chu-val-de-brume.mssante.fr';
const delays = { timeoutMs: 45_000, everyMs: 200 };
const pdf = letterPdf('Lettre de liaison', ['Document d’essai.', 'Aucune personne réelle.']);

afterAll(() => platform.close());

interface Sent extends SentDocument {
  readonly patient: SyntheticPatient;
}

async function letterTo(address: string, more: DocumentOptions['flags'] = {}): Promise<Sent> {
  const patient = newPatient(dpi.authority);
  await platform.tellIdentity('gam', 'A28', patient, 'qualifiee');
  const sent = mdm(dpi, patient, {
    type: documentTypes.lettreDeLiaison,
    flags: { destDmp: true, destMssPs: true, destMssPat: false, ackReception: true, ...more },
    recipients: [professional('10000000033', 'CORRESPONDANT', address)],
    // As it came, so that bytes can be compared.
    insInCda: patient.ins,
    insInPid: patient.ins,
    pdf,
  });
  await platform.send(sent);
  return { ...sent, patient };
}

/** The delivery by mail to the professional, once it is in a state. */
const mailed = (sent: Sent, state: string) =>
  eventually(async () => {
    const document = await platform.documentOf(sent);
    const delivery = document.deliveries.find(({ channel }) => channel === 'mss-pro');
    if (delivery?.state !== state)
      throw new Error(`the mail is ${delivery?.state} (${delivery?.reasons.map(({ code }) => code).join()})`);
    return { document, delivery };
  }, delays);

const zamOf = ({ controlId }: Sent, kind: string) =>
  eventually(async () => {
    const zams = (await platform.simulator.zams({ originalControlId: controlId })).filter((one) => one.kind === kind);
    if (zams.length !== 1) throw new Error(`${zams.length} ZAM^${kind}`);
    return zams[0]!;
  }, delays);

/** The mail as the gateway tells it. */
async function messageOf(deliveryId: string) {
  const base = `http://127.0.0.1:${platform.address.ports.mssGatewayHttp}/api/mss/v1/messages`;
  const { body } = await platform.api.exchange<Record<string, unknown>>(`${base}/${deliveryId}`);
  return body;
}

const doctor = (beginning = 'dr.', domain = 'cabinet.mssante.fr'): string => `${beginning}${randomUUID()}@${domain}`;

describe('a letter mailed through Postfix', () => {
  const address = doctor();
  let sent: Sent;
  let raw: Buffer;
  let mail: IndependentMail;
  let archive: readonly IndependentFile[];

  beforeAll(async () => {
    sent = await letterTo(address, { ackLecture: true });
    await mailed(sent, 'delivered');
    raw = mailsIn(place, address)[0]!;
    mail = await independent.readMail(raw);
    archive = await independent.openZip(mail.parts[1]!.content);
  });

  it('is delivered once, over TLS, under the certificate of the legal entity', async () => {
    expect(mailsIn(place, address)).toHaveLength(1);
    const received = mail.headers.filter(([name]) => name === 'Received').map(([, value]) => value);
    expect(received.join('\n')).toMatch(/using TLSv1\.[23]/);
    expect(received.join('\n')).toMatch(/Client CN "CHU de Val-de-Brume messagerie".*\(verified OK\)/s);
    expect(await independent.knock(place, 'smtp')).toHaveProperty('refused');
    expect(await independent.knock(place, 'imap')).toHaveProperty('refused');
  });

  it('is read by another parser without a defect: text, archive and PDF', () => {
    const { birthName, birthFirstGivenName } = sent.patient.traits;
    expect(mail.defects).toEqual([]);
    const headers = Object.fromEntries(mail.headers);
    expect(headers['Subject']).toContain(`XDM/1.0/DDM+Lettre de liaison à la sortie ${birthName}`);
    expect(headers['Subject']).toContain(birthFirstGivenName);
    expect(headers).toMatchObject({ 'X-MSS-INS': 'O', 'X-MSS-CODECDA': '11490-0', To: address });
    expect(mail.parts.map(({ type }) => type)).toEqual(['text/plain', 'application/zip', 'application/pdf']);
    expect(mail.parts[0]?.content.toString()).toContain('Lettre de liaison à la sortie');
  });

  it('holds the document byte for byte, in the archive as it came and as a PDF beside', async () => {
    const file = (name: string) => archive.find((one) => one.name === `IHE_XDM/SUBSET01/${name}`);
    expect(file('DOC00001.XML')?.content.equals(sent.cda)).toBe(true);
    expect(mail.parts[2]?.content.equals(pdf)).toBe(true);
    expect(file('DOC00001.PDF')?.content.equals(pdf)).toBe(true);
  });

  it('carries an XDM archive with its index, its readme and valid metadata', async () => {
    expect(mail.parts[1]?.name).toBe('IHE_XDM.zip');
    expect(archive.map(({ name }) => name)).toEqual([
      'INDEX.HTM',
      'README.TXT',
      'IHE_XDM/SUBSET01/METADATA.XML',
      'IHE_XDM/SUBSET01/DOC00001.XML',
      'IHE_XDM/SUBSET01/DOC00001.PDF',
    ]);
    expect(archive[0]?.content.toString()).toContain('IHE_XDM/SUBSET01/DOC00001.XML');
    const folder = mkdtempSync(join(tmpdir(), 'pfi-xdm-'));
    const metadata = join(folder, 'METADATA.XML');
    writeFileSync(metadata, archive[2]!.content);
    expect(await judgeSubmissions([metadata])).toEqual(['valid METADATA.XML']);
    rmSync(folder, { recursive: true });
  });

  it('says of the document what was said to the DMP', async () => {
    const { document } = await platform.awaitDmp(sent, 'delivered', delays);
    const [entry, ...others] = await platform.simulator.entries({ uniqueId: document.documentId });
    expect(others).toEqual([]);
    const { documents, submissionSets } = await independent.readMetadata(archive[2]!.content);
    expect(documents).toHaveLength(1);
    const metadata = documents[0] as IndependentObject;
    const author = metadata.classifications['urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d']?.[0]?.slots;
    expect({
      uniqueId: metadata.identifiers['XDSDocumentEntry.uniqueId'],
      patientId: metadata.identifiers['XDSDocumentEntry.patientId'],
      hash: metadata.slots['hash']?.[0],
      size: Number(metadata.slots['size']?.[0]),
      title: metadata.title,
      typeCode: metadata.classifications['urn:uuid:f0306f51-975f-434e-a61c-c59651d33983']?.[0]?.code,
      formatCode: metadata.classifications['urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d']?.[0]?.code,
      creationTime: metadata.slots['creationTime']?.[0],
      // XCN.1 and XCN.2, XON.10
      author: author?.['authorPerson']?.[0]?.split('^').slice(0, 2),
      organisation: author?.['authorInstitution']?.[0]?.split('^')[9],
    }).toEqual({
      uniqueId: document.documentId,
      patientId: entry!.patientId,
      hash: entry!.hash,
      size: entry!.size,
      title: entry!.title,
      typeCode: entry!.typeCode,
      formatCode: entry!.formatCode,
      creationTime: entry!.creationTime,
      author: [entry!.authors[0]?.person?.id, entry!.authors[0]?.person?.family],
      organisation: entry!.authors[0]?.organisation?.id,
    });
    expect(metadata.identifiers['XDSDocumentEntry.patientId']).toContain(sent.patient.ins.matricule);
    expect(metadata.slots['hash']?.[0]).toBe(createHash('sha1').update(sent.cda).digest('hex'));
    expect(metadata.slots['URI']).toEqual(['DOC00001.XML']);
    // Two submissions of one document: each has ids of its own.
    expect(submissionSets[0]?.identifiers['XDSSubmissionSet.uniqueId']).not.toBe(entry!.submissionSetId);
  });

  it('is told as delivered to its source, from Postfix’s own notice', async () => {
    const { delivery } = await mailed(sent, 'delivered');
    expect(await messageOf(delivery.id)).toMatchObject({ state: 'delivered', status: '2.0.0', attempts: 1 });
    expect(await zamOf(sent, 'Z02')).toMatchObject({ positive: true });
  });

  it('is told as read, from the notice of its reader’s mail program', async () => {
    await independent.deliver(place, applicativeMailbox, await independent.readNotice(raw));
    expect(await zamOf(sent, 'Z03')).toMatchObject({ positive: true });
    const { delivery } = await mailed(sent, 'delivered');
    expect(await messageOf(delivery.id)).toMatchObject({ readAt: expect.any(String) });
  });
});

describe('a letter that Postfix does not bring', () => {
  it('to an unknown mailbox is refused in the exchange, and told to the source', async () => {
    const sent = await letterTo(doctor(MAILBOXES.unknown));
    const { delivery } = await mailed(sent, 'refused');
    expect(await messageOf(delivery.id)).toMatchObject({ state: 'refused', outcomeCode: '550', status: '5.1.1' });
    expect(await zamOf(sent, 'Z02')).toMatchObject({ positive: false });
  });

  it.each([
    ['an unknown mailbox of another operator', doctor(MAILBOXES.unknown, RELAYED_DOMAIN), '5.1.1'],
    ['a closed mailbox', doctor(MAILBOXES.closed), '5.2.1'],
    ['a full mailbox', doctor(MAILBOXES.full), '5.2.2'],
  ])('to %s comes back, and is told to the source', async (_name, address, status) => {
    const sent = await letterTo(address);
    const { delivery } = await mailed(sent, 'refused');
    expect(await messageOf(delivery.id)).toMatchObject({ state: 'bounced', status, attempts: 1 });
    expect(await zamOf(sent, 'Z02')).toMatchObject({ positive: false });
    expect(mailsIn(place, address)).toEqual([]);
  });
});

describe('the applicative mailbox in Dovecot', () => {
  it('is left without the notices that were read', async () => {
    await eventually(() => expect(mailsIn(place, applicativeMailbox)).toEqual([]), delays);
  });

  it('reaches the patient too, under the address made of the INS', async () => {
    const sent = await letterTo(doctor(), { destMssPat: true });
    const address = `${sent.patient.ins.matricule}@patient.mssante.fr`;
    const [raw, ...others] = await eventually(() => {
      const mails = mailsIn(place, address);
      if (mails.length === 0) throw new Error('no mail');
      return mails;
    }, delays);
    expect(others).toEqual([]);
    const { parts, defects } = await independent.readMail(raw!);
    expect(defects).toEqual([]);
    expect(parts[2]?.content.equals(pdf)).toBe(true);
  });
});
