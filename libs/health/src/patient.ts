import { normaliseName } from './normalise-name.js';

/** The four exclusive statuses of an identity (RNIV). */
export type IdentityStatus = 'provisoire' | 'recuperee' | 'validee' | 'qualifiee';

export type Sex = 'M' | 'F' | 'U';

export interface LocalIdentifier {
  authority: string;
  value: string;
  /** HL7 table 0203 (`PI`, `AN`…). */
  type: string;
}

export interface PatientTraits {
  birthName: string;
  /** All birth given names, separated by spaces. */
  birthGivenNames: string;
  birthFirstGivenName?: string;
  usedName?: string;
  usedGivenName?: string;
  /** YYYY-MM-DD */
  birthDate?: string;
  sex: Sex;
  /** INSEE COG code (commune or country) of the birth place. */
  birthPlace?: string;
}

export type StrictTrait = 'birthName' | 'birthGivenNames' | 'birthFirstGivenName' | 'birthDate' | 'sex' | 'birthPlace';

/**
 * Names of the strict traits (RNIV) that differ, empty when all agree. Names are compared in their normalised form.
 * The birth place and the first given name are compared only when both sides know them; a birth date known on one side only differs.
 */
export function sameStrictTraits(a: PatientTraits, b: PatientTraits): StrictTrait[] {
  const differing: StrictTrait[] = [];
  if (!sameName(a.birthName, b.birthName)) differing.push('birthName');
  if (!sameName(a.birthGivenNames, b.birthGivenNames)) differing.push('birthGivenNames');
  if (a.birthFirstGivenName && b.birthFirstGivenName && !sameName(a.birthFirstGivenName, b.birthFirstGivenName)) {
    differing.push('birthFirstGivenName');
  }
  if (a.birthDate !== b.birthDate) differing.push('birthDate');
  if (a.sex !== b.sex) differing.push('sex');
  if (a.birthPlace && b.birthPlace && a.birthPlace.toUpperCase() !== b.birthPlace.toUpperCase())
    differing.push('birthPlace');
  return differing;
}

function sameName(a: string, b: string): boolean {
  return a === b || normaliseName(a) === normaliseName(b);
}
