import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseName } from './normalise-name.js';
import { type PatientTraits, sameStrictTraits } from './patient.js';

const traits: PatientTraits = {
  birthName: 'PAT-TROIS',
  birthGivenNames: 'DOMINIQUE ANNE',
  birthFirstGivenName: 'DOMINIQUE',
  birthDate: '1979-03-28',
  sex: 'F',
  birthPlace: '51215',
};

describe('normaliseName', () => {
  it.each([
    ['Élodie', 'ELODIE'],
    ['d’Œuvre-Łęcki', "D'OEUVRE-LECKI"],
    ['  Jean   Pierre ', 'JEAN PIERRE'],
    ['Strauß', 'STRAUSS'],
    ['Saint–Exupéry', 'SAINT-EXUPERY'],
    ['Ségolène (dite Ségo) 2', 'SEGOLENE DITE SEGO'],
  ])('writes %p as %p', (written, expected) => {
    expect(normaliseName(written)).toBe(expected);
  });

  it('holds only A–Z, space, hyphen and apostrophe, and is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = normaliseName(text);
        expect(name).toMatch(/^[A-Z' -]*$/);
        expect(name).toBe(name.trim());
        expect(normaliseName(name)).toBe(name);
      }),
    );
  });
});

describe('sameStrictTraits', () => {
  it('finds no difference between two spellings of the same traits', () => {
    expect(sameStrictTraits(traits, { ...traits, birthName: 'Pat-Trois', birthGivenNames: 'Dominique Anne' })).toEqual(
      [],
    );
  });

  it('names every differing trait', () => {
    const other: PatientTraits = {
      birthName: 'AUTRE',
      birthGivenNames: 'PAUL',
      birthFirstGivenName: 'PAUL',
      birthDate: '1980-01-01',
      sex: 'M',
      birthPlace: '63220',
    };
    expect(sameStrictTraits(traits, other)).toEqual([
      'birthName',
      'birthGivenNames',
      'birthFirstGivenName',
      'birthDate',
      'sex',
      'birthPlace',
    ]);
  });

  it('ignores a birth place known on one side only, but not a birth date', () => {
    const { birthPlace: _birthPlace, ...withoutPlace } = traits;
    const { birthDate: _birthDate, ...withoutDate } = traits;
    expect(sameStrictTraits(traits, withoutPlace)).toEqual([]);
    expect(sameStrictTraits(traits, withoutDate)).toEqual(['birthDate']);
  });

  it('ignores used names, which are not strict traits', () => {
    expect(sameStrictTraits(traits, { ...traits, usedName: 'MARTIN', usedGivenName: 'ANNE' })).toEqual([]);
  });
});
