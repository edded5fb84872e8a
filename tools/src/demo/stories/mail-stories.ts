import { professional } from '../player/index.js';
import type { Recipient } from '@pfi/hl7v2';
import type { DocumentOptions, Fault } from '../player/index.js';
import type { Ended, Story } from './stage.js';
import { admitted, arrives, correspondent, discharged, letter, patientMailbox, toEveryone } from './stay.js';

/** A letter to everyone whose mail to the professional meets something. */
const toProfessional = (
  title: string,
  recipient: () => Recipient,
  ended: Ended,
  fault?: (address: string) => Fault,
): Story => ({
  title,
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const to = recipient();
    if (fault && to.address) await stage.fault(fault(to.address));
    const sent = letter(stay, { recipients: [to] });
    await stage.document(sent.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', toEveryone, { pro: ended })] };
  },
});

export const unknownMailbox = toProfessional(
  'adresse inconnue de l’opérateur (550)',
  correspondent,
  { state: 'refused', code: '550' },
  (recipient) => ({
    target: 'mss',
    kind: 'smtp',
    stage: 'RCPT',
    code: '550',
    status: '5.1.1',
    match: { recipient },
  }),
);

export const bounced = toProfessional(
  'courriel accepté puis revenu (boîte pleine)',
  correspondent,
  { state: 'refused', code: '552' },
  (recipient) => ({ target: 'mss', kind: 'bounce', code: '552', status: '5.2.2', match: { recipient } }),
);

export const greylisted = toProfessional(
  'liste grise de l’opérateur (450), nouvel essai',
  correspondent,
  { state: 'delivered' },
  (recipient) => ({
    target: 'mss',
    kind: 'smtp',
    stage: 'RCPT',
    code: '450',
    status: '4.2.0',
    times: 1,
    match: { recipient },
  }),
);

/** Known to the simulated Annuaire Santé, with one mailbox. */
export const foundByRpps = toProfessional(
  'adresse trouvée dans l’Annuaire Santé par le RPPS',
  () => professional('10000000017', 'ANNUAIRE'),
  { state: 'delivered' },
);

export const notInDirectory = toProfessional(
  'professionnel sans boîte MSSanté',
  () => professional('10000000025', 'SANS-BOITE'),
  { state: 'parked', code: 'ADDRESS_NOT_FOUND' },
);

export const closedByPatient: Story = {
  title: 'messagerie du patient fermée',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    await stage.closeMailbox(patientMailbox(stay.patient));
    const sent = letter(stay);
    await stage.document(sent.message);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', toEveryone, { patient: { state: 'refused' } })] };
  },
};

export const read: Story = {
  title: 'courriel lu par le correspondant, accusé de lecture',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const to = correspondent();
    const asked: DocumentOptions = { flags: { ...toEveryone.flags, ackLecture: true } };
    const sent = letter(stay, { ...asked, recipients: [to] });
    await stage.document(sent.message);
    await stage.seen(sent.controlId, { 'mss-pro': 'delivered' });
    if (to.address) await stage.readMail(to.address);
    await discharged(stay);
    return { stay: 'ended', endings: [arrives(sent, 'letter', asked)] };
  },
};

export const hiddenFromPatient: Story = {
  title: 'document non visible par le patient',
  async play(stage, place) {
    const stay = await admitted(stage, place);
    const sent = letter(stay, {
      flags: { ...toEveryone.flags, invisiblePatient: true },
      recipients: [correspondent()],
    });
    await stage.document(sent.message);
    await discharged(stay);
    const patient = { state: 'not-applicable', code: 'HIDDEN_FROM_PATIENT' } as const;
    return { stay: 'ended', endings: [arrives(sent, 'letter', toEveryone, { patient })] };
  },
};
