import { INS_OID, type PatientTraits } from '@pfi/health';
import type { IdentityStatement } from '../identity-statement.js';
import { change, unknownPatient, type Patient } from '../patient.js';

/** Synthetic identities for the tests of this library. */
export const INS_A = { matricule: '279035121518989', oid: INS_OID.nirTest };
export const INS_B = { matricule: '236066322083656', oid: INS_OID.nirTest };

export const traits: PatientTraits = {
  birthName: 'DUPONT',
  birthGivenNames: 'ANNE MARIE',
  birthFirstGivenName: 'ANNE',
  birthDate: '1979-03-28',
  sex: 'F',
  birthPlace: '63220',
};
export const otherTraits: PatientTraits = { ...traits, birthName: 'MARTIN' };

export const identifier = (value: string) => ({ authority: 'NORD', value, type: 'PI' });

/** A stored patient, `id` being also its IPP. */
export const storedPatient = (id: string, details: Partial<Patient> = {}): Patient =>
  change(unknownPatient(id, 'nord'), { identifiers: [identifier(id)], traits, ...details }).patient;

export const statement = (details: Partial<IdentityStatement> = {}): IdentityStatement => ({
  identifiers: [identifier('1')],
  ins: null,
  traits,
  pid32: ['PROV'],
  ...details,
});
