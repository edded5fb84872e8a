import { describe, expect, it } from '@jest/globals';
import { applyStatement, applyToSurvivor, weightOf } from './identity-statement.js';
import { unknownPatient } from './patient.js';
import { identifier, INS_A, otherTraits, statement, storedPatient, traits } from './testing/sample-patient.js';

const qualified = storedPatient('1', { ins: INS_A, status: 'qualifiee' });

describe('what a message says of an identity', () => {
  it('weighs by its event, and by its PID-32 for a movement', () => {
    expect(['A28', 'A31', 'A08'].map((event) => weightOf(event, []))).toEqual(['whole', 'whole', 'whole']);
    expect(weightOf('A01', ['PROV'])).toBe('whole');
    expect(weightOf('A03', [])).toBe('naming');
    expect(weightOf('A40', ['VALI'])).toBe('raising');
    expect(weightOf('A40', [])).toBe('naming');
  });

  it('creates an unknown identity whatever its weight', () => {
    const created = applyStatement(unknownPatient('1', 'nord'), statement(), 'naming', 'trial');
    expect(created.patient).toMatchObject({ version: 1, traits, status: 'provisoire', identifiers: [identifier('1')] });
    expect(created.changes[0]).toBe('created');
  });

  it('said again it changes nothing: same state, same version', () => {
    const again = applyStatement(storedPatient('1'), statement(), 'whole', 'trial');
    expect(again).toEqual({ patient: storedPatient('1'), changes: [] });
  });

  it('with VALI and INS it qualifies; without them it takes the qualification away', () => {
    const up = applyStatement(storedPatient('1'), statement({ ins: INS_A, pid32: ['VALI'] }), 'whole', 'trial');
    expect(up).toMatchObject({ patient: { status: 'qualifiee', ins: INS_A, version: 2 }, changes: ['ins', 'status'] });
    const down = applyStatement(up.patient, statement(), 'whole', 'trial');
    expect(down).toMatchObject({
      patient: { status: 'provisoire', ins: null, version: 3 },
      changes: ['ins', 'status'],
    });
  });

  it('takes no INS away where the platform decides, while it speaks of the same person', () => {
    const said = applyStatement(qualified, statement({ pid32: ['VALI'] }), 'whole', 'trial', 'pfi');
    expect(said.changes).toEqual([]);
    const unsure = applyStatement(qualified, statement({ pid32: ['PROV'] }), 'whole', 'trial', 'pfi');
    expect(unsure.patient).toMatchObject({ ins: INS_A, status: 'recuperee' });
    const other = applyStatement(
      qualified,
      statement({ traits: otherTraits, pid32: ['VALI'] }),
      'whole',
      'trial',
      'pfi',
    );
    expect(other.patient).toMatchObject({ ins: null, status: 'validee', traits: otherTraits });
  });

  it('where the platform decides leaves certified traits as they are, but for the names in use', () => {
    const said = statement({
      traits: { ...traits, birthGivenNames: traits.birthGivenNames.split(' ')[0] ?? '', usedName: 'USAGE' },
      pid32: ['VALI'],
    });
    const { patient } = applyStatement(qualified, said, 'whole', 'trial', 'pfi');
    expect(patient.traits).toEqual({ ...qualified.traits, usedName: 'USAGE' });
  });

  it('as an A40 it may qualify, never take away', () => {
    expect(applyStatement(qualified, statement({ pid32: ['PROV'] }), 'raising', 'trial').changes).toEqual([]);
    const up = applyStatement(storedPatient('1'), statement({ ins: INS_A, pid32: ['VALI'] }), 'raising', 'trial');
    expect(up.patient.status).toBe('qualifiee');
  });

  it('as a movement without PID-32 it adds identifiers and leaves traits and status', () => {
    const said = statement({ traits: otherTraits, pid32: [], identifiers: [identifier('1'), identifier('2')] });
    const { patient, changes } = applyStatement(qualified, said, 'naming', 'trial');
    expect(changes).toEqual(['identifiers']);
    expect(patient).toMatchObject({ traits, status: 'qualifiee', identifiers: [identifier('1'), identifier('2')] });
  });

  it('without a birth name it keeps the traits that are known', () => {
    const said = statement({ traits: { birthName: '', birthGivenNames: '', sex: 'U' } });
    expect(applyStatement(storedPatient('1'), said, 'whole', 'trial').changes).toEqual([]);
  });

  it.each([
    ['IO', 'opposed'],
    ['INO', 'none'],
    ['NA', 'not-collected'],
  ] as const)('ZFA-9 = %s is %s, kept by a message without ZFA', (opposition, expected) => {
    const { patient } = applyStatement(storedPatient('1'), statement({ opposition }), 'whole', 'trial');
    expect(patient.dmpOpposition).toBe(expected);
    expect(applyStatement(patient, statement(), 'whole', 'trial').changes).toEqual([]);
  });
});

describe('a death', () => {
  const told = (known = storedPatient('1'), deceasedOn?: string | null) =>
    applyStatement(known, statement({ deceasedOn }), 'naming', 'trial').patient;

  it('is kept by messages that do not speak of it, and taken back by one that denies it', () => {
    const dead = told(undefined, '2026-01-05');
    expect([dead.deceasedOn, told(dead).deceasedOn, told(dead, null).deceasedOn]).toEqual([
      '2026-01-05',
      '2026-01-05',
      null,
    ]);
  });

  it('reaches the survivor of a merge', () => {
    const outcome = applyToSurvivor(qualified, statement({ deceasedOn: 'unknown-day' }), 'naming');
    expect(outcome.patient.deceasedOn).toBe('unknown-day');
  });
});

describe('a message that names an identity merged away', () => {
  it('leaves the traits, INS and status of the survivor, and tells the difference', () => {
    const outcome = applyToSurvivor(qualified, statement({ traits: otherTraits }), 'whole');
    expect(outcome).toMatchObject({ patient: qualified, changes: [], differs: true });
    expect(applyToSurvivor(qualified, statement(), 'whole').differs).toBe(false);
    expect(applyToSurvivor(qualified, statement({ traits: otherTraits }), 'naming').differs).toBe(false);
  });

  it('brings an opposition to the survivor, but does not lift one', () => {
    const opposed = applyToSurvivor(qualified, statement({ opposition: 'IO' }), 'whole').patient;
    expect(opposed.dmpOpposition).toBe('opposed');
    expect(applyToSurvivor(opposed, statement({ opposition: 'INO' }), 'whole').changes).toEqual([]);
  });
});
