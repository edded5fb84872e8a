import { randomUUID } from 'node:crypto';
import {
  adt,
  documentTypes,
  letterPdf,
  mdm,
  newPatient,
  oru,
  professional,
  restDeposit,
  sentAgain,
  withdrawal,
  type DocumentOptions,
  type Sender,
  type SentDocument,
  type SyntheticPatient,
} from '../../demo/player/index.js';
import type { SeededRandom } from '../random.js';
import type { ExpectedDocument, Message, Story } from './story.js';

/** Applications of one hospital. */
export interface Hospital {
  readonly gam: Sender;
  readonly dpi: Sender;
  /** Sends ORU and deposits by REST, where the hospital has them. */
  readonly laboratory?: Sender;
  readonly portal?: Sender;
}

const told = (
  message: { readonly controlId: string; readonly message: Buffer },
  door: 'identity' | 'documents',
): Message => ({
  door,
  controlId: message.controlId,
  bytes: message.message,
});

export const identity = (...given: Parameters<typeof adt>): Message => told(adt(...given), 'identity');
export const document = (sent: SentDocument): Message => told(sent, 'documents');

export const expected = (
  sent: Pick<SentDocument, 'controlId' | 'documentId' | 'setId' | 'version'>,
  patient: SyntheticPatient,
  end: ExpectedDocument['end'] = 'visible',
): ExpectedDocument => ({
  controlId: sent.controlId,
  documentId: sent.documentId,
  end,
  matricule: patient.ins.matricule,
  lineage: sent.setId,
  version: sent.version,
});

type Writer = (hospital: Hospital, patient: SyntheticPatient, random: SeededRandom) => Omit<Story, 'kind'>;

const admitted = ({ gam }: Hospital, patient: SyntheticPatient): Message => identity(gam, 'A28', patient, 'qualifiee');

const simple: Writer = (hospital, patient) => {
  const sent = mdm(hospital.dpi, patient, { insInCda: patient.ins });
  return { messages: [admitted(hospital, patient), document(sent)], documents: [expected(sent, patient)], mails: [] };
};

/** The INS is qualified after the document came. */
const late: Writer = ({ gam, dpi }, patient) => {
  const sent = mdm(dpi, patient);
  const messages = [
    identity(gam, 'A28', patient, 'provisoire'),
    document(sent),
    identity(gam, 'A31', patient, 'qualifiee'),
  ];
  return { messages, documents: [expected(sent, patient)], mails: [] };
};

/** Two or three versions, one after the other. */
const replaced: Writer = (hospital, patient, random) => {
  const versions = [mdm(hospital.dpi, patient)];
  for (let count = random.between(1, 2); count > 0; count -= 1)
    versions.push(mdm(hospital.dpi, patient, { replaces: versions.at(-1) as SentDocument }));
  const last = versions.length - 1;
  return {
    messages: [admitted(hospital, patient), ...versions.map(document)],
    documents: versions.map((sent, at) => expected(sent, patient, at === last ? 'visible' : 'gone')),
    mails: [],
  };
};

const withdrawn: Writer = (hospital, patient) => {
  const sent = mdm(hospital.dpi, patient);
  const taken = withdrawal(hospital.dpi, patient, sent);
  return {
    messages: [admitted(hospital, patient), document(sent), document(taken)],
    documents: [expected(sent, patient, 'gone')],
    mails: [],
  };
};

/** A letter to a correspondent of its own and to the patient; `admission` says who the patient is. */
export function mailedLetter(
  { dpi }: Hospital,
  patient: SyntheticPatient,
  random: SeededRandom,
  { admission, ...options }: Pick<DocumentOptions, 'bodies' | 'pdf'> & { readonly admission: Message },
): Omit<Story, 'kind'> {
  const number = String(random.between(0, 999_999_999)).padStart(9, '0');
  const recipient = `dr.${number}.${randomUUID().slice(0, 8)}@cabinet.mssante.fr`;
  const sent = mdm(dpi, patient, {
    flags: { destDmp: true, destMssPs: true, destMssPat: true },
    recipients: [professional(`10${number}`, 'CORRESPONDANT', recipient)],
    ...options,
  });
  return {
    messages: [admission, document(sent)],
    documents: [expected(sent, patient)],
    mails: [recipient, `${patient.ins.matricule}@patient.mssante.fr`].map((to) => ({
      recipient: to,
      least: 1,
      most: 1,
    })),
  };
}

const mailed: Writer = (hospital, patient, random) =>
  mailedLetter(hospital, patient, random, {
    admission: admitted(hospital, patient),
    pdf: letterPdf(documentTypes.lettreDeLiaison.label, ['Document d’essai.', 'Aucune personne réelle.']),
  });

/** A laboratory report and its correction. */
const reported: Writer = (hospital, patient) => {
  const sender = hospital.laboratory ?? hospital.dpi;
  const write = hospital.laboratory ? oru : mdm;
  const first = write(sender, patient);
  const corrected = write(sender, patient, { replaces: first });
  return {
    messages: [admitted(hospital, patient), document(first), document(corrected)],
    documents: [expected(first, patient, 'gone'), expected(corrected, patient)],
    mails: [],
  };
};

/** The same document again under another MSH-10. */
const repeated: Writer = (hospital, patient) => {
  const sent = mdm(hospital.dpi, patient);
  const again = sentAgain(hospital.dpi, patient, sent);
  return {
    messages: [admitted(hospital, patient), document(sent), document(again)],
    documents: [expected(sent, patient)],
    mails: [],
  };
};

const deposited: Writer = (hospital, patient, random) => {
  if (!hospital.portal) return simple(hospital, patient, random);
  const deposit = restDeposit(hospital.portal, patient);
  const controlId = deposit.idempotencyKey;
  return {
    messages: [admitted(hospital, patient), { door: 'rest', controlId, deposit }],
    documents: [
      {
        ...{ controlId, documentId: null, end: 'visible' },
        matricule: patient.ins.matricule,
        lineage: controlId,
        version: 1,
      },
    ],
    mails: [],
  };
};

/** A provisional file with a document is merged into the qualified one. */
const merged: Writer = ({ gam, dpi }, patient) => {
  const retired = newPatient(patient.authority);
  const doubled: SyntheticPatient = { ...patient, ipp: retired.ipp, visit: retired.visit };
  const sent = mdm(dpi, doubled);
  const messages = [
    identity(gam, 'A28', doubled, 'provisoire'),
    document(sent),
    identity(gam, 'A28', patient, 'qualifiee'),
    identity(gam, 'A40', patient, 'qualifiee', { retired: doubled }),
  ];
  return { messages, documents: [expected(sent, patient)], mails: [] };
};

const writers = { simple, late, replaced, withdrawn, mailed, reported, repeated, deposited, merged } as const;

export type StoryKind = keyof typeof writers;
const kinds = Object.keys(writers) as StoryKind[];

/** The story of a new patient. */
export function writeStory(hospital: Hospital, random: SeededRandom, among: readonly StoryKind[] = kinds): Story {
  const kind = random.pick(among);
  return { kind, ...writers[kind](hospital, newPatient(hospital.gam.authority), random) };
}
