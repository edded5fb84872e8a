import { describe, expect, it } from '@jest/globals';
import { isOid } from '@pfi/health';
import { newOid, sourceIdOf } from './entity-oids.js';
import type { Ght } from './ght.js';

const ghtWith = (oidRoot?: string) => ({ legalEntity: () => ({ oidRoot }) }) as unknown as Ght;
const root = '1.2.250.1.999.1';
const longRoot = `1.2.250.1.${'1'.repeat(40)}`;

describe('a new OID', () => {
  it.each([
    ['under the root of its legal entity', root, /^1\.2\.250\.1\.999\.1\.\d+$/],
    ['under 2.25 without a root', undefined, /^2\.25\.\d+$/],
    ['under 2.25 when the root leaves no room', longRoot, /^2\.25\.\d+$/],
  ])('is %s, valid and short enough', (_name, oidRoot, shape) => {
    for (let n = 0; n < 200; n += 1) {
      const oid = newOid(ghtWith(oidRoot), '990000101');
      expect(oid).toMatch(shape);
      expect(isOid(oid)).toBe(true);
      expect(oid.length).toBeLessThanOrEqual(64);
    }
  });

  it('is never the same twice', () => {
    const oids = Array.from({ length: 1000 }, () => newOid(ghtWith(root), '990000101'));
    expect(new Set(oids).size).toBe(1000);
  });
});

describe('the source of a submission set', () => {
  it.each([
    ['its own root', root, '990000101', root],
    ['its FINESS under the root of structures', undefined, '990000101', '1.2.250.1.71.4.2.2.1990000101'],
    ['the root of structures for a FINESS with a letter', undefined, '2A0000014', '1.2.250.1.71.4.2.2'],
  ])('is %s', (_name, oidRoot, finess, expected) => {
    expect(sourceIdOf(ghtWith(oidRoot), finess)).toBe(expected);
    expect(isOid(sourceIdOf(ghtWith(oidRoot), finess))).toBe(true);
  });
});
