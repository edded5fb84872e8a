import { describe, expect, it } from '@jest/globals';
import type { PatientTraits } from '@pfi/health';
import { maySearchIns, questionsFor, takeCertified } from './insi.js';
import { unknownPatient, type Patient } from './patient.js';

const traits: PatientTraits = {
  birthName: 'Élan-d’Essai',
  birthGivenNames: 'DOMINIQUE CLAUDE',
  birthFirstGivenName: 'DOMINIQUE',
  birthDate: '1997-02-26',
  sex: 'F',
  birthPlace: '20020',
};
const patient = (details: Partial<Patient> = {}): Patient => ({
  ...unknownPatient('018f4e10-0000-7000-8000-000000000001', 'roche'),
  version: 1,
  traits,
  ...details,
});
const ins = { matricule: '297022A02077878', oid: '1.2.250.1.213.1.4.10' };
const certified = (details: Partial<PatientTraits> = {}) => ({
  ins,
  traits: { ...traits, birthName: "ELAN-D'ESSAI", ...details },
});

describe('the questions to the national bases', () => {
  it('go from the first given name to the others, then add the birth place', () => {
    const common = { birthName: "ELAN-D'ESSAI", sex: 'F', birthDate: '1997-02-26' };
    expect(questionsFor(traits)).toEqual([
      { ...common, givenNames: ['DOMINIQUE'] },
      { ...common, givenNames: ['CLAUDE'] },
      { ...common, givenNames: ['DOMINIQUE'], birthPlace: '20020' },
    ]);
  });

  it.each<[string, Partial<PatientTraits>]>([
    ['a birth name', { birthName: '' }],
    ['a given name', { birthGivenNames: '', birthFirstGivenName: '' }],
    ['a sex', { sex: 'U' }],
    ['a whole birth date', { birthDate: '1997-02' }],
  ])('are not asked without %s', (_name, missing) => {
    expect(questionsFor({ ...traits, ...missing })).toEqual([]);
  });

  it('never name an unknown birth place', () => {
    expect(questionsFor({ ...traits, birthGivenNames: 'DOMINIQUE', birthPlace: '99999' })).toHaveLength(1);
  });
});

describe('the national bases', () => {
  it('are asked for an identity without INS', () => {
    expect(maySearchIns(patient(), 'production')).toBe(true);
  });

  it.each<[string, Partial<Patient>]>([
    ['that has an INS', { ins }],
    ['that is doubtful', { dubious: true }],
    ['that was merged away', { mergedInto: '018f4e10-0000-7000-8000-000000000002' }],
    ['that is fictitious, in production', { fictitious: true }],
  ])('are not asked for an identity %s', (_name, details) => {
    expect(maySearchIns(patient(details), 'production')).toBe(false);
  });

  it('may be asked for a test patient elsewhere', () => {
    expect(maySearchIns(patient({ fictitious: true }), 'trial')).toBe(true);
  });
});

describe('an identity of the national bases', () => {
  it.each([
    ['provisoire', 'recuperee'],
    ['validee', 'qualifiee'],
  ] as const)('makes a %s one %s', (status, then) => {
    expect(takeCertified(patient({ status }), certified())).toMatchObject({
      kind: 'applied',
      patient: { ins, status: then, version: 2 },
    });
  });

  it('completes given names and birth place', () => {
    const decision = takeCertified(
      patient(),
      certified({ birthGivenNames: 'DOMINIQUE CLAUDE ANNE', birthPlace: '75056' }),
    );
    expect(decision).toMatchObject({
      patient: { traits: { birthGivenNames: 'DOMINIQUE CLAUDE ANNE', birthPlace: '75056' } },
    });
  });

  it.each<[string, Partial<PatientTraits>, string]>([
    ['name', { birthName: 'AUTRE' }, 'birthName'],
    ['birth date', { birthDate: '1997-02-27' }, 'birthDate'],
    ['sex', { sex: 'M' }, 'sex'],
    ['first given name', { birthFirstGivenName: 'ANNE', birthGivenNames: 'ANNE' }, 'birthFirstGivenName'],
  ])('of another %s changes nothing', (_name, other, trait) => {
    expect(takeCertified(patient(), certified(other))).toEqual({ kind: 'differs', traits: [trait] });
  });

  it('never replaces an INS that came meanwhile', () => {
    const other = { ...ins, matricule: '297022A02077879' };
    expect(takeCertified(patient({ ins: other }), certified()).kind).toBe('differs');
  });
});
