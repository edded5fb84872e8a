import type { PatientTraits, Sex } from '@pfi/health';
import type { Hl7Message } from './hl7-message.js';
import { readIdentifier, readIdentifiers } from './identifier-reader.js';
import type { Hl7Warning, MergedPatient, MessagePatient } from './model.js';
import type { FieldValue, Segment } from './segment.js';
import { toDay } from '@pfi/health';

/**
 * PID of any message. A doubt about the INS is told in `insProblem`, the INS then being absent.
 * @throws Hl7Fault REQUIRED_FIELD without PID or PID-3, MULTIPLE_PATIENTS
 */
export function readPatient(message: Hl7Message, warnings: Hl7Warning[]): MessagePatient {
  const pid = message.required('PID');
  requireOne(message, 'PID');
  const { identifiers, ins, insProblem } = readIdentifiers(pid, 3);
  if (identifiers.length === 0 && ins === undefined && insProblem === undefined) {
    throw message.missing('PID^1^3', 'PID-3 (identifiants du patient) est vide');
  }
  const { birthDate, impossible } = readBirthDate(message, pid, warnings);
  const patient: MessagePatient = {
    identifiers,
    traits: readTraits(pid, birthDate, warnings),
    pid32: pid.repetitions(32).map((code) => code.component(1)),
  };
  if (insProblem !== undefined) patient.insProblem = insProblem;
  else if (ins !== undefined && impossible) {
    patient.insProblem = {
      code: 'INS_INVALID',
      textFr:
        'INS inutilisable : la date de naissance (PID-7) est impossible. Corrigez l’identité dans l’application émettrice.',
    };
  } else if (ins !== undefined) patient.ins = ins;
  const account = readIdentifier(pid.first(18));
  if (account !== undefined) patient.accountNumber = account;
  const deceasedOn = readDeath(pid, warnings);
  if (deceasedOn !== undefined) patient.deceasedOn = deceasedOn;
  return patient;
}

/** A date alone says the death; PID-30 = N denies it whatever the date. */
function readDeath(pid: Segment, warnings: Hl7Warning[]): string | null | undefined {
  const indicator = pid.value(30).toUpperCase();
  if (indicator === 'N') return null;
  const written = pid.value(29);
  if (written === '') return indicator === 'Y' ? 'unknown-day' : undefined;
  const day = toDay(written);
  if (day !== undefined) return day;
  warnings.push({
    code: 'DEATH_DATE_INVALID',
    textFr: 'PID-29 : date de décès incomplète ou impossible ; jour inconnu.',
  });
  return 'unknown-day';
}

/** @throws Hl7Fault REQUIRED_FIELD without MRG or MRG-1, MULTIPLE_PATIENTS */
export function readMergedPatient(message: Hl7Message): MergedPatient {
  const mrg = message.required('MRG');
  requireOne(message, 'MRG');
  const { identifiers, ins } = readIdentifiers(mrg, 1);
  if (identifiers.length === 0 && ins === undefined) {
    throw message.missing('MRG^1^1', 'MRG-1 (identifiants de l’identité fusionnée) est vide');
  }
  const merged: MergedPatient = { identifiers };
  if (ins !== undefined) merged.ins = ins;
  const account = readIdentifier(mrg.first(3));
  if (account !== undefined) merged.accountNumber = account;
  return merged;
}

/** A second patient, if it were skipped, would be lost without a word. */
function requireOne(message: Hl7Message, name: 'PID' | 'MRG'): void {
  if (message.segments(name).length > 1) {
    throw message.fault(
      'MULTIPLE_PATIENTS',
      '207',
      `Plusieurs segments ${name} : envoyez un message par patient.`,
      name,
    );
  }
}

function readTraits(pid: Segment, birthDate: string | undefined, warnings: Hl7Warning[]): PatientTraits {
  const names = pid.repetitions(5);
  const used = names.find((name) => name.component(7) === 'D');
  const birth = names.find((name) => name.component(7) === 'L') ?? names.find((name) => name !== used);
  const traits: PatientTraits = {
    birthName: birth?.component(1) ?? '',
    birthGivenNames: birth?.component(3) || (birth?.component(2) ?? ''),
    sex: readSex(pid.value(8)),
  };
  if (traits.birthName === '') {
    warnings.push({ code: 'BIRTH_NAME_MISSING', textFr: 'PID-5 ne porte pas de nom de naissance (type L).' });
  }
  assign(traits, 'birthFirstGivenName', birth?.component(2));
  assign(traits, 'usedName', used?.component(1));
  assign(traits, 'usedGivenName', used?.component(2));
  assign(traits, 'birthDate', birthDate);
  assign(traits, 'birthPlace', readBirthPlace(pid.repetitions(11), warnings));
  return traits;
}

function assign<Key extends 'birthFirstGivenName' | 'usedName' | 'usedGivenName' | 'birthDate' | 'birthPlace'>(
  traits: PatientTraits,
  key: Key,
  value: string | undefined,
): void {
  if (value !== undefined && value !== '') traits[key] = value;
}

function readSex(code: string): Sex {
  return code === 'M' || code === 'F' ? code : 'U';
}

/** PAM France: the COG code stands in XAD.9 of the address of type BDL (BR in HL7); the one of a home address means nothing. */
function readBirthPlace(addresses: FieldValue[], warnings: Hl7Warning[]): string | undefined {
  const birth =
    addresses.find((address) => address.component(7) === 'BDL') ??
    addresses.find((address) => address.component(7) === 'BR');
  const code = birth?.component(9).toUpperCase() ?? '';
  if (code === '') return undefined;
  if (/^\d[\dAB]\d{3}$/.test(code)) return code;
  warnings.push({
    code: 'BIRTH_PLACE_INVALID',
    textFr: 'PID-11 : le code COG du lieu de naissance n’a pas 5 caractères ; ignoré.',
  });
  return undefined;
}

const OLDEST_BIRTH = '1880-01-01';

function readBirthDate(
  message: Hl7Message,
  pid: Segment,
  warnings: Hl7Warning[],
): { birthDate: string | undefined; impossible: boolean } {
  const written = pid.value(7);
  if (written === '') return { birthDate: undefined, impossible: false };
  const day = toDay(written);
  const sentOn = toDay(message.header.at);
  if (day !== undefined && day >= OLDEST_BIRTH && (sentOn === undefined || day <= sentOn)) {
    return { birthDate: day, impossible: false };
  }
  warnings.push({
    code: 'BIRTH_DATE_INVALID',
    textFr: 'PID-7 : date de naissance incomplète, future ou impossible ; ignorée.',
  });
  return { birthDate: undefined, impossible: true };
}
