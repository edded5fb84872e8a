import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PfiError } from './domain-error.js';
import { INS_OID, acceptedInsOids, insKey, isInsOid, parseIns } from './ins.js';

/** Published test identities (INSi and DMP test platforms). */
const PUBLISHED = ['236066322083656', '297022A02077878', '207058575627097', '279035121518989'];

describe('insKey', () => {
  it.each(PUBLISHED)('gives the key of the published test identity %s', (matricule) => {
    expect(insKey(matricule.slice(0, 13))).toBe(matricule.slice(13));
  });

  it('counts 2B as 18', () => {
    expect(insKey('180022B020778')).toBe(insKey('1800218020778'));
  });

  it('is always two digits between 01 and 97', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e12, max: 9_999_999_999_999 }), (nir) => {
        const key = insKey(String(nir));
        expect(key).toMatch(/^\d\d$/);
        expect(Number(key)).toBeGreaterThanOrEqual(1);
        expect(Number(key)).toBeLessThanOrEqual(97);
        expect((BigInt(nir) + BigInt(key)) % 97n).toBe(0n);
      }),
    );
  });

  it.each(['', '27903512151', '2790351215189X', '29702A2020778', '297021A020778'])('refuses %p', (nir) => {
    expect(() => insKey(nir)).toThrow(PfiError);
  });
});

describe('parseIns', () => {
  it.each(PUBLISHED)('accepts %s under each known OID', (matricule) => {
    for (const oid of Object.values(INS_OID)) expect(parseIns(matricule, oid)).toEqual({ matricule, oid });
  });

  it('reads lower case and outer spaces', () => {
    expect(parseIns(' 297022a02077878 ', INS_OID.nirTest).matricule).toBe('297022A02077878');
  });

  it('refuses every single wrong digit of a matricule', () => {
    fc.assert(
      fc.property(fc.nat({ max: 14 }), fc.integer({ min: 1, max: 9 }), (place, shift) => {
        const matricule = '279035121518989';
        const wrong = [...matricule];
        wrong[place] = String((Number(matricule[place]) + shift) % 10);
        expect(() => parseIns(wrong.join(''), INS_OID.nir)).toThrow(expect.objectContaining({ code: 'INS_INVALID' }));
      }),
    );
  });

  it('refuses an OID that is not one of an INS, the computed INS-C included', () => {
    for (const oid of ['', '1.2.3', '1.2.250.1.213.1.4.2']) {
      expect(() => parseIns('279035121518989', oid)).toThrow(
        expect.objectContaining({ code: 'INS_INVALID', kind: 'invalid' }),
      );
    }
  });

  it('does not repeat the matricule in the error', () => {
    expect(() => parseIns('279035121518988', INS_OID.nir)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('27903512') }),
    );
  });
});

describe('acceptedInsOids', () => {
  it('keeps test and demonstration identities out of production', () => {
    expect(acceptedInsOids('production')).toEqual([INS_OID.nir, INS_OID.nia]);
  });

  it('accepts every INS OID in trial and qualification', () => {
    for (const environment of ['trial', 'qualification'] as const) {
      expect(acceptedInsOids(environment).every(isInsOid)).toBe(true);
      expect(acceptedInsOids(environment)).toHaveLength(4);
    }
  });
});
