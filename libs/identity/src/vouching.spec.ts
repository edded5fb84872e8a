import { describe, expect, it } from '@jest/globals';
import { unknownPatient } from './patient.js';
import { identifier, INS_A, INS_B, otherTraits, storedPatient, traits } from './testing/sample-patient.js';
import { vouch } from './vouching.js';

const vouched = { identifiers: [identifier('1')], ins: INS_A, traits, fictitious: false };

describe('an identity vouched by a document', () => {
  it('creates or qualifies', () => {
    expect(vouch(unknownPatient('p', 'nord'), vouched)).toMatchObject({
      kind: 'applied',
      patient: { version: 1, status: 'qualifiee', ins: INS_A, traits },
    });
    expect(vouch(storedPatient('1'), vouched)).toMatchObject({ patient: { version: 2, status: 'qualifiee' } });
  });

  it('says nothing new of an identity that is qualified already', () => {
    const known = storedPatient('1', { ins: INS_A, status: 'qualifiee' });
    expect(vouch(known, vouched)).toEqual({ kind: 'applied', patient: known, changes: [] });
  });

  it.each([
    ['different-traits', { traits: otherTraits }],
    ['different-ins', { ins: INS_B, status: 'qualifiee' }],
    ['dubious', { dubious: true }],
  ] as const)('changes nothing when the known identity says otherwise: %s', (reason, details) => {
    expect(vouch(storedPatient('1', details), vouched)).toEqual({ kind: 'review', reason });
  });
});
