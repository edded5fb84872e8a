import { adt, documentTypes, mdm, newPatient, professional } from '../player/index.js';
import type { DocumentOptions, Sender, SentDocument, SyntheticPatient } from '../player/index.js';
import { letterPdf } from '../player/rest-deposit.js';
import type { Ended, Ending, Place, Stage } from './stage.js';

/** One patient in one place: what every story begins with. */
export interface Stay {
  readonly stage: Stage;
  readonly place: Place;
  readonly gam: Sender;
  readonly patient: SyntheticPatient;
}

export async function admitted(
  stage: Stage,
  place: Place,
  status: 'provisoire' | 'qualifiee' = 'qualifiee',
  opposition?: 'IO',
): Promise<Stay> {
  const gam = stage.sender(place.gam);
  const patient = newPatient(gam.authority);
  await stage.identity(adt(gam, 'A28', patient, status, opposition ? { opposition } : {}).message);
  await stage.identity(adt(gam, 'A01', patient, status, { unit: place.unit }).message);
  return { stage, place, gam, patient };
}

export async function discharged(
  { stage, place, gam, patient }: Stay,
  status: 'provisoire' | 'qualifiee' = 'qualifiee',
) {
  await stage.identity(adt(gam, 'A03', patient, status, { unit: place.unit }).message);
}

/** A correspondent in town; every one of this domain has a mailbox at the simulated operator. */
export const correspondent = () => {
  const number = String(Math.floor(Math.random() * 1e9)).padStart(9, '0');
  return professional(`10${number}`, 'CORRESPONDANT', `dr.${number}@cabinet.mssante.fr`);
};

export const patientMailbox = (patient: SyntheticPatient): string => `${patient.ins.matricule}@patient.mssante.fr`;

const everyone = { destDmp: true, destMssPs: true, destMssPat: true } as const;
export const toEveryone: DocumentOptions = { flags: everyone };
export const dmpOnly: DocumentOptions = {};
export const dmpAndPatient: DocumentOptions = { flags: { ...everyone, destMssPs: false } };

/** A letter that is asked to go to the DMP, to one correspondent and to the patient, unless the options say otherwise. */
export function letter(stay: Stay, options: DocumentOptions = {}): SentDocument {
  const { stage, place, patient } = stay;
  const flags = options.flags ?? everyone;
  const type = options.type ?? documentTypes.lettreDeLiaison;
  return mdm(stage.sender(place.dpi), patient, {
    unit: place.unit,
    type,
    flags,
    ...(flags.destMssPs ? { recipients: [correspondent()] } : {}),
    pdf: letterPdf(type.label, [`${place.name}`, 'Document d’essai.', 'Aucune personne réelle.']),
    ...options,
  });
}

export const prescription = (stay: Stay, options: DocumentOptions = {}): SentDocument =>
  letter(stay, { ...dmpAndPatient, type: documentTypes.ordonnance, ...options });

const done: Ended = { state: 'delivered' };

/** Everything that was asked for arrives, but for what is said. */
export function arrives(
  { controlId }: Pick<SentDocument, 'controlId'>,
  kind: 'letter' | 'other',
  asked: DocumentOptions,
  but: Pick<Ending, 'dmp' | 'pro' | 'patient'> = {},
): Ending {
  const flags = asked.flags ?? { destDmp: true };
  return {
    controlId,
    ...(flags.destDmp === false ? {} : { dmp: done }),
    ...(flags.destMssPs ? { pro: done } : {}),
    ...(flags.destMssPat ? { patient: done } : {}),
    ...but,
    ...(kind === 'letter' ? { letter: true } : {}),
  };
}

export const waitsForIns: Ended = { state: 'held', code: 'INS_NOT_QUALIFIED' };
