import { randomInt, randomUUID } from 'node:crypto';
import { INS_OID, insKey } from '@pfi/health';
import type { Ins, PatientTraits } from '@pfi/health';

/** A person who does not exist, new at each call: no two runs share an identifier. */
export interface SyntheticPatient {
  /** Local identifier (IPP) and visit number, both under `authority`. */
  readonly ipp: string;
  readonly visit: string;
  readonly authority: { readonly name: string; readonly oid: string };
  /** Test INS with its right key; whether it is said is decided by each message. */
  readonly ins: Ins;
  readonly traits: PatientTraits;
}

const syllables = ['BA', 'CO', 'DU', 'FE', 'GA', 'LI', 'MO', 'NE', 'PI', 'RO', 'SA', 'TE', 'VA', 'ZI'] as const;
const givenNames = {
  F: ['ALIX', 'JEANNE', 'CAMILLE', 'NADIA', 'ROSE'],
  M: ['MARCEL', 'YANIS', 'LOUIS', 'KARIM', 'EMILE'],
} as const;

export function newPatient(authority: SyntheticPatient['authority']): SyntheticPatient {
  const sex = randomInt(2) === 0 ? 'F' : 'M';
  const [year, month, day] = [randomInt(1931, 2000), randomInt(1, 13), randomInt(1, 29)];
  const first = pick(givenNames[sex]);
  const unique = randomUUID().replaceAll('-', '').slice(0, 12).toUpperCase();
  return {
    ipp: `P${unique}`,
    visit: `V${unique}`,
    authority,
    ins: newIns(sex, year, month),
    traits: {
      birthName: `ESSAI-${Array.from({ length: 4 }, () => pick(syllables)).join('')}`,
      birthGivenNames: `${first} CLAUDE`,
      birthFirstGivenName: first,
      birthDate: `${year}-${padded(month)}-${padded(day)}`,
      sex,
      birthPlace: '63220',
    },
  };
}

/** Born abroad (99): six free digits for each month and sex. */
function newIns(sex: 'F' | 'M', year: number, month: number): Ins {
  const nir13 = `${sex === 'M' ? 1 : 2}${padded(year % 100)}${padded(month)}99${padded(randomInt(1_000_000), 6)}`;
  return { matricule: nir13 + insKey(nir13), oid: INS_OID.nirTest };
}

/** Someone else with the same local identifiers: what a confusion of files looks like. */
export function withAnotherIns(patient: SyntheticPatient): SyntheticPatient {
  return { ...patient, ins: newPatient(patient.authority).ins };
}

function pick<T>(values: readonly T[]): T {
  return values[randomInt(values.length)] as T;
}

const padded = (value: number, width = 2): string => String(value).padStart(width, '0');
