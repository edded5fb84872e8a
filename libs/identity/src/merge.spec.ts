import { describe, expect, it } from '@jest/globals';
import { decideMerge, merge } from './merge.js';
import { identifier, INS_A, INS_B, otherTraits, storedPatient } from './testing/sample-patient.js';

const [a, b] = [storedPatient('a'), storedPatient('b')];
const direct = { survivor: ['b'], retired: ['a'] } as const;

describe('deciding a merge', () => {
  it('two living identities, or one that was never seen, are merged', () => {
    expect(decideMerge(direct, b, a)).toEqual({ kind: 'merge' });
    expect(decideMerge({ survivor: ['b'], retired: ['x'] }, b, undefined)).toEqual({ kind: 'merge' });
  });

  it('the same merge again is done already, also once the survivor was merged further', () => {
    expect(decideMerge({ survivor: ['b'], retired: ['a', 'b'] }, b, b)).toEqual({ kind: 'already' });
    const c = storedPatient('c');
    expect(decideMerge({ survivor: ['b', 'c'], retired: ['a', 'b', 'c'] }, c, c)).toEqual({ kind: 'already' });
  });

  it('a merge back is a cycle, along a chain and through an alias', () => {
    const c = storedPatient('c');
    expect(decideMerge({ survivor: ['a', 'b'], retired: ['b'] }, b, b)).toEqual({ kind: 'cycle' });
    expect(decideMerge({ survivor: ['a', 'b', 'c'], retired: ['b', 'c'] }, c, c)).toEqual({ kind: 'cycle' });
    expect(decideMerge({ survivor: ['NORD\n7', 'b'], retired: ['b'] }, b, b)).toEqual({ kind: 'cycle' });
  });

  it('an identity merged elsewhere before is left to a person', () => {
    const d = storedPatient('d');
    expect(decideMerge({ survivor: ['d'], retired: ['a', 'b'] }, d, b)).toEqual({
      kind: 'review',
      reason: 'retired-elsewhere',
    });
  });

  it('other traits matter as soon as one side is qualified', () => {
    const other = storedPatient('a', { traits: otherTraits });
    expect(decideMerge(direct, b, other).kind).toBe('merge');
    const review = { kind: 'review', reason: 'different-traits' };
    expect(decideMerge(direct, storedPatient('b', { ins: INS_A, status: 'qualifiee' }), other)).toEqual(review);
    expect(
      decideMerge(direct, b, storedPatient('a', { traits: otherTraits, status: 'qualifiee', ins: INS_A })),
    ).toEqual(review);
  });

  it('two different INS are left to a person, the same INS is not', () => {
    const withIns = (id: string, ins: typeof INS_A) => storedPatient(id, { ins, status: 'recuperee' });
    expect(decideMerge(direct, withIns('b', INS_A), withIns('a', INS_B))).toEqual({
      kind: 'review',
      reason: 'different-ins',
    });
    expect(decideMerge(direct, withIns('b', INS_A), withIns('a', INS_A))).toEqual({ kind: 'merge' });
  });
});

describe('a merge', () => {
  it('moves the identifiers and keeps the survivor’s own identity', () => {
    const { survivor, retired } = merge(b, storedPatient('a', { traits: otherTraits }));
    expect(survivor.patient).toMatchObject({
      version: 2,
      identifiers: [identifier('b'), identifier('a')],
      traits: b.traits,
    });
    expect(retired.patient).toMatchObject({ version: 2, identifiers: [], mergedInto: 'b' });
  });

  it('an opposition of either stays one; an unknown choice takes the other’s', () => {
    const choice = (mine: 'none' | 'opposed' | 'unknown', theirs: 'none' | 'opposed' | 'unknown') =>
      merge(storedPatient('b', { dmpOpposition: mine }), storedPatient('a', { dmpOpposition: theirs })).survivor.patient
        .dmpOpposition;
    expect([
      choice('none', 'opposed'),
      choice('opposed', 'none'),
      choice('unknown', 'none'),
      choice('none', 'unknown'),
    ]).toEqual(['opposed', 'opposed', 'none', 'none']);
  });
});
