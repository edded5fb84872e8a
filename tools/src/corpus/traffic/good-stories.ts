import { documentTypes, letterPdf, mdm, oru, restDeposit } from '../../demo/player/index.js';
import type { SeededRandom } from '../../faults/random.js';
import { document, expected, identity, mailedLetter, type Hospital } from '../../faults/traffic/stories.js';
import type { Message, Story } from '../../faults/traffic/story.js';
import type { Canaries, CanaryPatient } from '../canary/canaries.js';

type Writer = (hospital: Hospital, patient: CanaryPatient, random: SeededRandom) => Omit<Story, 'kind'>;

/** The hospital's file of a patient, with address and telephone, as most have them. */
function admitted({ gam }: Hospital, patient: CanaryPatient): Message {
  const message = identity(gam, 'A28', patient, 'qualifiee');
  return 'bytes' in message ? { ...message, bytes: withContact(message.bytes, patient) } : message;
}

/** PID-11 and PID-13 beside what stands there. */
function withContact(message: Buffer, { address, phone }: CanaryPatient): Buffer {
  const segments = message.toString('utf8').split('\r');
  const at = segments.findIndex((segment) => segment.startsWith('PID|'));
  const fields = (segments[at] ?? '').split('|');
  fields[11] = [fields[11], `${address}^^CLERMONT-FERRAND^^63000^FRA^H`].filter(Boolean).join('~');
  fields[13] = `^PRN^PH^^^^^^^^^${phone}`;
  segments[at] = fields.join('|');
  return Buffer.from(segments.join('\r'));
}

const letter = ({ note, traits }: CanaryPatient): Buffer =>
  letterPdf(documentTypes.lettreDeLiaison.label, [`${traits.birthName} : ${note}.`, 'Aucune personne réelle.']);

const deposited: Writer = (hospital, patient) => {
  const sent = mdm(hospital.dpi, patient, { insInCda: patient.ins, pdf: letter(patient) });
  return { messages: [admitted(hospital, patient), document(sent)], documents: [expected(sent, patient)], mails: [] };
};

const mailed: Writer = (hospital, patient, random) =>
  mailedLetter(hospital, patient, random, {
    admission: admitted(hospital, patient),
    bodies: { ps: `Cher confrère,\n${patient.note}`, patient: `Bonjour,\n${patient.note}` },
    pdf: letter(patient),
  });

const reported: Writer = (hospital, patient) => {
  const write = hospital.laboratory ? oru : mdm;
  const sent = write(hospital.laboratory ?? hospital.dpi, patient, { pdf: letter(patient) });
  return { messages: [admitted(hospital, patient), document(sent)], documents: [expected(sent, patient)], mails: [] };
};

const byRest: Writer = (hospital, patient, random) => {
  if (!hospital.portal) return deposited(hospital, patient, random);
  const written = restDeposit(hospital.portal, patient);
  const deposit = { ...written, file: { ...written.file, bytes: letter(patient) } };
  const controlId = deposit.idempotencyKey;
  const document = { controlId, documentId: null, end: 'visible' as const, matricule: patient.ins.matricule };
  return {
    messages: [admitted(hospital, patient), { door: 'rest', controlId, deposit }],
    documents: [{ ...document, lineage: controlId, version: 1 }],
    mails: [],
  };
};

const writers = { deposited, mailed, reported, byRest } as const;
const kinds = Object.keys(writers) as (keyof typeof writers)[];

/** What the applications of a hospital tell of one new patient. */
export function goodStory(hospital: Hospital, canaries: Canaries, random: SeededRandom): Story {
  const kind = random.pick(kinds);
  return { kind, ...writers[kind](hospital, canaries.patient(hospital.gam.authority), random) };
}
