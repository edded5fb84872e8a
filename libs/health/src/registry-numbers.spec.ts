import { describe, expect, it } from '@jest/globals';
import { isFiness } from './finess.js';
import { isRpps } from './rpps.js';

describe('isFiness', () => {
  it.each(['300017985', '120456789', '2A0000012', '2B0000020'])('accepts %s', (finess) => {
    expect(isFiness(finess)).toBe(true);
  });

  it.each(['', '1120456789', '30001798', '2C0000012', 'A30001798', '30001798 '])('refuses %p', (finess) => {
    expect(isFiness(finess)).toBe(false);
  });
});

describe('isRpps', () => {
  it.each(['10000000009', '79927398713'])('accepts %s, whose Luhn key is right', (rpps) => {
    expect(isRpps(rpps)).toBe(true);
  });

  it('accepts exactly one last digit for ten given ones', () => {
    const keys = [...'0123456789'].filter((key) => isRpps(`1000345678${key}`));
    expect(keys).toHaveLength(1);
  });

  it.each(['', '1000000000', '810000000008', '1000000000X'])('refuses %p', (rpps) => {
    expect(isRpps(rpps)).toBe(false);
  });
});
