import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from './random.js';

const series = (seed: number) => {
  const random = new SeededRandom(seed);
  return Array.from({ length: 5 }, () => random.between(0, 1_000_000));
};

describe('seeded numbers', () => {
  it('follow from their seed, and from nothing else', () => {
    expect(series(7)).toEqual(series(7));
    expect(series(7)).not.toEqual(series(8));
  });

  it('stay within their bounds, and come to both', () => {
    const random = new SeededRandom(1);
    expect(new Set(Array.from({ length: 200 }, () => random.between(2, 4)))).toEqual(new Set([2, 3, 4]));
  });

  it('shuffle without losing anything', () => {
    const shuffled = new SeededRandom(3).shuffled([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...shuffled].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
