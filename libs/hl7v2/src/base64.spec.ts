import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64 } from './base64.js';

const decode = (text: string): Buffer | undefined => decodeBase64(Buffer.from(text, 'latin1'));

describe('decodeBase64', () => {
  it('gives back any bytes, with or without padding', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(decode(text)).toEqual(Buffer.from(bytes));
        expect(decode(text.replace(/=+$/, ''))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('refuses a sign outside the alphabet, wherever it stands', () => {
    const foreign = fc.constantFrom('-', '_', ' ', '\n', '\t', '=', '*', '\u00e9', '<');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6 }), fc.nat(), foreign, (bytes, place, sign) => {
        const text = Buffer.from(bytes).toString('base64').replace(/=+$/, '');
        const at = 1 + (place % (text.length - 2));
        expect(decode(text.slice(0, at) + sign + text.slice(at))).toBeUndefined();
        expect(decode(text.slice(0, at) + sign + text.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it.each(['A', 'QUJDR', 'QQ=', 'QUJD=', 'QUI==', 'Q===', '====='])('refuses %p', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('ignores spaces around', () => {
    expect(decode('  QUJD ')).toEqual(Buffer.from('ABC'));
  });
});
