import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRY_DELAYS, retryDelay } from './retry-delay.js';

const longest = (): number => 0.999_999_999;

describe('the delay before a retry', () => {
  it('has a base of 2 s and a cap of 15 min by default', () => {
    expect(DEFAULT_RETRY_DELAYS).toEqual({ baseMs: 2_000, capMs: 900_000 });
  });

  it.each([
    [1, 4_000],
    [2, 8_000],
    [8, 512_000],
    [9, 900_000],
    [5_000, 900_000],
  ])('stays under base·2^n and under the cap after %i attempts', (attempts, limit) => {
    const delay = retryDelay(attempts, DEFAULT_RETRY_DELAYS, longest);
    expect(delay).toBe(limit - 1);
  });

  it('is spread over the whole range', () => {
    expect(retryDelay(3, DEFAULT_RETRY_DELAYS, () => 0)).toBe(0);
    expect(retryDelay(3, DEFAULT_RETRY_DELAYS, () => 0.5)).toBe(8_000);
  });
});
