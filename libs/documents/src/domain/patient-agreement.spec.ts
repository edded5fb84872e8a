import { describe, expect, it } from '@jest/globals';
import type { Ins, PatientTraits } from '@pfi/health';
import { patientAgreement, type PatientSide } from './patient-agreement.js';

const ins: Ins = { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' };
const traits: PatientTraits = {
  birthName: 'DÉSSAI',
  birthGivenNames: 'ANNE',
  birthDate: '1980-01-02',
  sex: 'F',
  birthPlace: '63220',
};
const side = (overrides: Partial<PatientSide> = {}): PatientSide => ({ ins, traits, localIds: ['X^1'], ...overrides });

describe('agreement of message and document about the patient', () => {
  it('holds when names differ only by accents and case', () => {
    expect(patientAgreement(side(), side({ traits: { ...traits, birthName: 'Dessai' } })).mismatches).toEqual([]);
  });

  it('holds when one side carries no INS', () => {
    expect(patientAgreement(side(), side({ ins: null })).mismatches).toEqual([]);
  });

  it('fails on another INS, birth name, birth date or sex', () => {
    const other = side({
      ins: { ...ins, matricule: '297022A02077878' },
      traits: { ...traits, birthName: 'AUTRE', birthDate: '1981-01-02', sex: 'M' },
    });
    expect(patientAgreement(side(), other).mismatches).toEqual([
      'INS',
      'nom de naissance',
      'date de naissance',
      'sexe',
    ]);
  });

  it('only warns about birth place and local identifiers', () => {
    const other = side({ traits: { ...traits, birthPlace: '51215' }, localIds: ['Y^2'] });
    expect(patientAgreement(side(), other)).toEqual({
      mismatches: [],
      warnings: ['lieu de naissance', 'identifiant local'],
    });
  });
});
