import { describe, expect, it } from '@jest/globals';
import { many, percent } from './numbers.js';

describe('numbers of the console', () => {
  it('never rounds a rate up to its target', () => {
    expect(percent(68.9999)).toBe('68,99 %');
    expect(percent(69)).toBe('69,00 %');
  });

  it('says that nothing can be computed out of nothing', () => {
    expect(percent(null)).toBe('non calculable');
  });

  it('agrees in number', () => {
    expect([0, 1, 2].map((n) => many(n, 'séjour'))).toEqual(['0 séjour', '1 séjour', '2 séjours']);
  });
});
