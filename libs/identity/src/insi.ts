import {
  normaliseName,
  sameStrictTraits,
  type InsEnvironment,
  type Ins,
  type PatientTraits,
  type StrictTrait,
} from '@pfi/health';
import { change, type Patient, type PatientOutcome } from './patient.js';

/** Traits that the INSi teleservice is asked with. */
export interface InsiQuestion {
  readonly birthName: string;
  readonly givenNames: readonly string[];
  readonly sex: 'M' | 'F';
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly birthPlace?: string;
}

/** An identity as the national bases gave it. */
export interface CertifiedIdentity {
  readonly ins: Ins;
  readonly traits: PatientTraits;
}

/**
 * May the national bases be asked for this identity? Never for an anonymous, doubtful or merged one, nor, in production,
 * for a fictitious one (RNIV: `fictif` and `douteux` forbid the call).
 */
export function maySearchIns(patient: Patient, environment: InsEnvironment): boolean {
  if (patient.ins || patient.mergedInto || patient.dubious) return false;
  if (patient.fictitious && environment === 'production') return false;
  return questionsFor(patient.traits).length > 0;
}

/**
 * The questions to ask, one after the other until one is answered by one person: the first given name, then each other one,
 * then the first one with the birth place (strategy of interop §3.4). Empty when a trait is missing.
 */
export function questionsFor(traits: PatientTraits): InsiQuestion[] {
  const birthName = normaliseName(traits.birthName);
  const names = [
    ...new Set([traits.birthFirstGivenName ?? '', ...traits.birthGivenNames.split(' ')].map(normaliseName)),
  ];
  const [first, ...others] = names.filter((name) => name !== '');
  const { sex, birthDate, birthPlace } = traits;
  if (birthName === '' || first === undefined || sex === 'U' || !birthDate || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate))
    return [];
  const ask = (givenNames: string[]): InsiQuestion => ({ birthName, givenNames, sex, birthDate });
  return [
    ask([first]),
    ...others.map((name) => ask([name])),
    ...(birthPlace && birthPlace !== UNKNOWN_PLACE ? [{ ...ask([first]), birthPlace }] : []),
  ];
}

const UNKNOWN_PLACE = '99999';

export type InsiDecision =
  | (PatientOutcome & { readonly kind: 'applied' })
  /** The national bases say another person, or the identity moved on since: nothing is changed. */
  | { readonly kind: 'differs'; readonly traits: readonly StrictTrait[] };

/**
 * Takes the INS of the national bases for a patient whose domain lets the platform decide. Names, birth date and sex must
 * agree; the list of given names and the birth place follow the national bases, whose first given name must be one of ours.
 * An identity that was validated is then qualified.
 */
export function takeCertified(patient: Patient, { ins, traits }: CertifiedIdentity): InsiDecision {
  const differing = sameStrictTraits(patient.traits, traits).filter((trait) => identifying.has(trait));
  const known = new Set(patient.traits.birthGivenNames.split(' ').map(normaliseName));
  const first = traits.birthFirstGivenName ?? traits.birthGivenNames.split(' ')[0] ?? '';
  if (
    !known.has(normaliseName(first)) &&
    normaliseName(patient.traits.birthFirstGivenName ?? '') !== normaliseName(first)
  )
    differing.push('birthFirstGivenName');
  if (patient.ins || differing.length > 0) return { kind: 'differs', traits: differing };
  const { birthGivenNames, birthPlace } = traits;
  const certified = {
    ...patient.traits,
    birthGivenNames,
    birthFirstGivenName: first,
    ...(birthPlace ? { birthPlace } : {}),
  };
  const status = patient.status === 'validee' ? 'qualifiee' : 'recuperee';
  return { kind: 'applied', ...change(patient, { ins, status, traits: certified }) };
}

const identifying: ReadonlySet<StrictTrait> = new Set(['birthName', 'birthDate', 'sex']);
