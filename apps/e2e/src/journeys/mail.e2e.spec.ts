import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { mdm, newPatient, oru, professional, withdrawal } from '@pfi/tools';
import type { DeliveryView, DocumentOptions, SentDocument, SyntheticPatient } from '@pfi/tools';
import { readXdm, type XdmContent } from '@pfi/xdm';
import PostalMime from 'postal-mime';
import { Platform } from '../setup/platform.js';
import { scopedClients } from '../setup/scoped-clients.js';

const platform = new Platform();
const { api, simulator } = platform;
const dpi = platform.sender('dpi-a');
const MAILBOX = 'pfi@chu-val-de-brume.mssante.fr';

/** A letter that waits for an INS from the first moment on: the others are played meanwhile. */
let early: { readonly patient: SyntheticPatient; readonly address: string; readonly sent: SentDocument };
/** What has waited a minute is looked for once a minute. */
const LOOKED_FOR_MS = 140_000;

beforeAll(async () => {
  const patient = await admitted('provisoire');
  const { address, recipient } = correspondent();
  early = { patient, address, sent: await letter(patient, { recipients: [recipient] }) };
  await deliveriesAre(early.sent, { 'mss-pro': 'held', 'mss-patient': 'held' });
  expect(await simulator.mails({ recipient: address })).toEqual([]);
});
afterAll(() => platform.close());

type Channel = DeliveryView['channel'];

async function admitted(
  status: 'provisoire' | 'qualifiee' = 'qualifiee',
  options: Parameters<Platform['tellIdentity']>[4] = {},
  patient = newPatient(dpi.authority),
): Promise<SyntheticPatient> {
  await platform.tellIdentity('gam', 'A28', patient, status, options);
  return patient;
}

/** A correspondent of one test; everybody of this domain has a mailbox at the simulated operator. */
function correspondent() {
  const number = String(randomInt(1_000_000_000)).padStart(9, '0');
  const address = `dr.${number}@cabinet.mssante.fr`;
  return { address, recipient: professional(`10${number}`, 'CORRESPONDANT', address) };
}

const patientMailbox = (patient: SyntheticPatient) => `${patient.ins.matricule}@patient.mssante.fr`;
const toBoth = { destDmp: false, destMssPs: true, destMssPat: true, ackReception: true, ackLecture: true };
const toDoctor = { ...toBoth, destMssPat: false };

const letter = (patient: SyntheticPatient, options: DocumentOptions): Promise<SentDocument> =>
  platform.send(mdm(dpi, patient, { unit: '1010', flags: toBoth, ...options }));

/** Waits until the deliveries of a document are so. */
async function deliveriesAre(
  sent: Pick<SentDocument, 'controlId'>,
  wanted: Partial<Record<Channel, string>>,
  timeoutMs = 20_000,
): Promise<Partial<Record<Channel, DeliveryView>>> {
  return eventually(
    async () => {
      const { deliveries } = await platform.documentOf(sent);
      const found = Object.fromEntries(deliveries.map((delivery) => [delivery.channel, delivery]));
      const states = Object.fromEntries(Object.keys(wanted).map((channel) => [channel, found[channel]?.state]));
      expect(states).toEqual(wanted);
      return found;
    },
    { timeoutMs, everyMs: 150 },
  );
}

/** Waits until the sender was told exactly this, in any order. */
const toldIs = ({ controlId }: Pick<SentDocument, 'controlId'>, ...wanted: readonly string[]) =>
  eventually(
    async () => {
      const zams = await simulator.zams({ originalControlId: controlId });
      const told = zams.map(({ kind, positive, error }) =>
        [kind, positive ? 'Y' : 'N', error?.code].filter(Boolean).join(' '),
      );
      expect(told.sort()).toEqual([...wanted].sort());
    },
    { timeoutMs: 15_000, everyMs: 150 },
  );

async function archiveOf(mail: Buffer): Promise<XdmContent> {
  const { attachments } = await PostalMime.parse(mail, { attachmentEncoding: 'arraybuffer' });
  const zip = attachments.find(({ filename }) => filename === 'IHE_XDM.zip');
  return readXdm(Buffer.from(zip?.content as ArrayBuffer));
}

describe('a letter for a correspondent and for the patient', () => {
  it('arrives at both, and its sender is told of each', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const sent = await letter(patient, { recipients: [recipient], bodies: { ps: 'Cher confrère,' } });
    await deliveriesAre(sent, { 'mss-pro': 'delivered', 'mss-patient': 'delivered' });
    await toldIs(sent, 'Z02 Y', 'Z02 Y');
    for (const to of [address, patientMailbox(patient)]) {
      const mails = await simulator.mails({ recipient: to });
      expect(mails).toHaveLength(1);
      expect(mails[0]?.findings).toEqual([]);
      expect(mails[0]?.headers).toMatchObject({ 'x-mss-ins': 'O', 'x-mss-codecda': '11490-0' });
      expect(mails[0]?.attachments.map(({ mediaType }) => mediaType)).toEqual(['application/zip', 'application/pdf']);
    }
  });

  it('that comes back from the correspondent is refused there, and its sender is told why', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const context = 'Boite pleine';
    const match = { recipient: address };
    await simulator.fault({ target: 'mss', kind: 'bounce', code: '552', status: '5.2.2', context, match });
    const sent = await letter(patient, { recipients: [recipient] });
    const deliveries = await deliveriesAre(sent, { 'mss-pro': 'refused', 'mss-patient': 'delivered' });
    expect(deliveries['mss-pro']).toMatchObject({ outcomeCode: '552', attempts: 1 });
    await toldIs(sent, 'Z02 N 552', 'Z02 Y');
  });

  it('whose patient has closed the mailbox comes back in words, and its sender is told', async () => {
    const patient = await admitted();
    await simulator.setMailbox(patientMailbox(patient), 'closed');
    const sent = await letter(patient, { recipients: [correspondent().recipient] });
    await deliveriesAre(sent, { 'mss-pro': 'delivered', 'mss-patient': 'refused' });
    await toldIs(sent, 'Z02 N 550', 'Z02 Y');
  });

  it('that is read is told as read to who asked for it', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const sent = await letter(patient, { recipients: [recipient], flags: toDoctor });
    await deliveriesAre(sent, { 'mss-pro': 'delivered' });
    const [mail] = await simulator.mails({ recipient: address });
    await simulator.readMail(mail!.id);
    await toldIs(sent, 'Z02 Y', 'Z03 Y');
  });

  it('greylisted at first arrives all the same, once', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const match = { recipient: address };
    await simulator.fault({
      target: 'mss',
      kind: 'smtp',
      stage: 'RCPT',
      code: '450',
      status: '4.2.0',
      times: 1,
      match,
    });
    const sent = await letter(patient, { recipients: [recipient], flags: toDoctor });
    const deliveries = await deliveriesAre(sent, { 'mss-pro': 'delivered' });
    expect(deliveries['mss-pro']?.attempts).toBe(2);
    expect(await simulator.mails({ recipient: address })).toHaveLength(1);
  });

  it('whose answer was lost is delivered, and at most a second copy goes, which says so', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    await simulator.fault({ target: 'mss', kind: 'commit-then-drop', times: 1, match: { recipient: address } });
    const sent = await letter(patient, { recipients: [recipient], flags: toDoctor });
    await deliveriesAre(sent, { 'mss-pro': 'delivered' });
    await toldIs(sent, 'Z02 Y');
    const [first, ...copies] = await simulator.mails({ recipient: address });
    expect(copies.length).toBeLessThanOrEqual(1);
    for (const copy of copies) {
      expect(copy.messageId).toBe(first?.messageId);
      expect(copy.headers['x-resent']).toBe('possible-duplicate');
    }
  });

  it('for somebody without address goes where the directory says, and waits for a person when it says nothing', async () => {
    const patient = await admitted();
    const found = await letter(patient, { recipients: [professional('10000000017', 'ANNUAIRE')], flags: toDoctor });
    await deliveriesAre(found, { 'mss-pro': 'delivered' });
    const none = await letter(patient, { recipients: [professional('10000000025', 'SANS-BOITE')], flags: toDoctor });
    const deliveries = await deliveriesAre(none, { 'mss-pro': 'parked' });
    expect(deliveries['mss-pro']?.outcomeCode).toBe('ADDRESS_NOT_FOUND');
  });
});

describe('a letter that must not go everywhere', () => {
  it.each([
    [
      'the professionals',
      { masquePs: true },
      { 'mss-pro': 'not-applicable', 'mss-patient': 'delivered' },
      'mss-pro',
      'HIDDEN_FROM_PROFESSIONALS',
    ],
    [
      'the patient',
      { invisiblePatient: true },
      { 'mss-pro': 'delivered', 'mss-patient': 'not-applicable' },
      'mss-patient',
      'HIDDEN_FROM_PATIENT',
    ],
  ] as const)('hidden from %s does not reach them', async (_who, flags, states, channel, code) => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const sent = await letter(patient, { recipients: [recipient], flags: { ...toBoth, ...flags } });
    const deliveries = await deliveriesAre(sent, states);
    expect(deliveries[channel]?.reasons.map((reason) => reason.code)).toEqual([code]);
    await toldIs(sent, 'Z02 N 906', 'Z02 Y');
    const hidden = channel === 'mss-pro' ? address : patientMailbox(patient);
    expect(await simulator.mails({ recipient: hidden })).toEqual([]);
  });

  it('of a minor, hidden from the legal representatives, does not reach the mailbox that they can open', async () => {
    const someone = newPatient(dpi.authority);
    const minor = { ...someone, traits: { ...someone.traits, birthDate: '2020-02-29' } };
    await admitted('qualifiee', {}, minor);
    const flags = { ...toBoth, invisibleRepLegaux: true };
    const sent = await letter(minor, { recipients: [correspondent().recipient], flags });
    const deliveries = await deliveriesAre(sent, { 'mss-pro': 'delivered', 'mss-patient': 'not-applicable' });
    expect(deliveries['mss-patient']?.reasons.map(({ code }) => code)).toEqual(['HIDDEN_FROM_REPRESENTATIVES']);
  });

  it('of a patient who opposes the feeding of the DMP still goes by mail', async () => {
    const patient = await admitted('qualifiee', { opposition: 'IO' });
    const flags = { ...toBoth, destDmp: true };
    const sent = await letter(patient, { recipients: [correspondent().recipient], flags });
    await deliveriesAre(sent, { dmp: 'not-applicable', 'mss-pro': 'delivered', 'mss-patient': 'delivered' });
  });
});

describe('a letter that was sent', () => {
  it('and is replaced, then withdrawn, is followed by mails that say so and name the one before', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const first = await letter(patient, { recipients: [recipient], flags: toDoctor });
    await deliveriesAre(first, { 'mss-pro': 'delivered' });
    const second = await letter(patient, { recipients: [recipient], flags: toDoctor, replaces: first });
    await deliveriesAre(second, { 'mss-pro': 'delivered' });
    const gone = await platform.send(
      withdrawal(dpi, patient, second, { unit: '1010', recipients: [recipient], flags: toDoctor }),
    );
    await toldIs(gone, 'Z02 Y');
    const [original, replacement, withdrawn, ...others] = await simulator.mails({ recipient: address });
    expect(others).toEqual([]);
    expect(replacement?.subject).toMatch(/^Annule et remplace XDM/);
    expect(replacement?.headers['in-reply-to']).toBe(original?.messageId);
    expect(withdrawn?.subject).toContain('Annulation');
    expect(withdrawn?.headers['in-reply-to']).toBe(replacement?.messageId);
    expect(withdrawn?.attachments.map(({ name }) => name)).toEqual(['IHE_XDM.zip']);
  });
});

describe('a structured report without a copy in PDF', () => {
  it('is drawn, and the mail carries what was drawn', async () => {
    const patient = await admitted();
    const { address, recipient } = correspondent();
    const sent = await platform.send(
      oru(platform.sender('sil'), patient, { insInCda: patient.ins, recipients: [recipient], flags: toDoctor }),
    );
    await deliveriesAre(sent, { 'mss-pro': 'delivered' });
    const [mail] = await simulator.mails({ recipient: address });
    const pdf = mail?.attachments.find(({ mediaType }) => mediaType === 'application/pdf');
    expect(pdf?.size).toBeGreaterThan(1_000);
    const { timeline } = await platform.documentOf(sent);
    expect(timeline.map(({ event }) => event)).toContain('render-pdf');
  });
});

describe('the applicative mailbox', () => {
  it('goes on after mails that nobody can read, which a person finds laid aside', async () => {
    await simulator.putMail(MAILBOX, Buffer.from('\u0000 rien de lisible\r\n\r\n'));
    await simulator.putMail(MAILBOX, Buffer.from(`From: a@b.fr\r\nX: ${'a'.repeat(100_000)}\r\n\r\nx\r\n`));
    const patient = await admitted();
    const sent = await letter(patient, { recipients: [correspondent().recipient] });
    await deliveriesAre(sent, { 'mss-pro': 'delivered', 'mss-patient': 'delivered' });
    const received = await api.exchange<{ items: { kind: string }[] }>(`${api.mssUrl}/received?kind=unreadable`);
    expect(received.body.items.length).toBeGreaterThanOrEqual(2);
    const mailboxes = await api.exchange<{ items: { address: string; failureCode: string | null }[] }>(
      `${api.mssUrl}/mailboxes`,
    );
    expect(mailboxes.body.items.find(({ address }) => address === MAILBOX)).toMatchObject({ failureCode: null });
  });

  it('of one legal entity is not shown to another', async () => {
    const rocheClaire = platform.apiAs(scopedClients.rocheClaire);
    const { body } = await rocheClaire.exchange<{ items: { address: string }[] }>(`${api.mssUrl}/mailboxes`);
    expect(body.items.map(({ address }) => address)).toEqual(['pfi@ch-roche-claire.mssante.fr']);
  });
});

describe('a letter of a patient without qualified INS', () => {
  it('waits, then leaves for the professional without matricule, while that of the patient waits on', async () => {
    const { patient, address, sent } = early;
    await deliveriesAre(sent, { 'mss-pro': 'delivered', 'mss-patient': 'held' }, LOOKED_FOR_MS);
    const [mail] = await simulator.mails({ recipient: address });
    expect(mail?.headers['x-mss-ins']).toBe('N');
    expect(mail?.findings).toEqual([]);
    const { submissionSet, documents } = await archiveOf(await simulator.rawMail(mail!.id));
    expect(submissionSet.patientId.value).toBe(patient.ipp);
    expect(documents[0]?.content.includes(patient.ins.matricule)).toBe(false);
    await platform.tellIdentity('gam', 'A31', patient, 'qualifiee');
    await deliveriesAre(sent, { 'mss-patient': 'delivered' });
    expect(await simulator.mails({ recipient: address })).toHaveLength(1);
  }, 180_000);
});

describe('every mail of the platform', () => {
  it('keeps the rules of MSSanté, and shows no INS in the API', async () => {
    const mails = await simulator.mails();
    expect(mails.length).toBeGreaterThan(10);
    expect(mails.flatMap(({ findings }) => findings)).toEqual([]);
    const answer = await api.exchange<object>(`${api.mssUrl}/messages?limit=200`);
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).not.toMatch(/\d{15}@patient|\b[12]\d{14}\b/);
  });
});
