import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOid, parseOid, uuidToOid } from './oid.js';

describe('OID', () => {
  it.each(['1.2.250.1.213.1.4.8', '2.25.0', '2.16.840.1.113883.6.1', '0.9'])('accepts %s', (oid) => {
    expect(isOid(oid)).toBe(true);
    expect(parseOid(`urn:oid:${oid}`)).toBe(oid);
  });

  it.each(['', '1', '3.1', '1.40', '1.02.3', '1.2.', '.1.2', '1..2', '1.2.a', `1.2.${'1'.repeat(130)}`])(
    'refuses %p',
    (oid) => {
      expect(isOid(oid)).toBe(false);
      expect(() => parseOid(oid)).toThrow(expect.objectContaining({ code: 'OID_INVALID' }));
    },
  );
});

describe('uuidToOid', () => {
  it('writes the example of ITU-T X.667', () => {
    expect(uuidToOid('f81d4fae-7dec-11d0-a765-00a0c91e6bf6')).toBe('2.25.329800735698586629295641978511506172918');
  });

  it('gives a distinct valid OID of at most 64 characters to every UUID', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect(isOid(uuidToOid(a))).toBe(true);
        expect(uuidToOid(a).length).toBeLessThanOrEqual(64);
        expect(uuidToOid(a) === uuidToOid(b)).toBe(a === b);
      }),
    );
  });

  it('refuses what is not a UUID', () => {
    expect(() => uuidToOid('not-a-uuid')).toThrow(expect.objectContaining({ code: 'UUID_INVALID' }));
  });
});
