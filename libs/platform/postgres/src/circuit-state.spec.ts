import { describe, expect, it } from '@jest/globals';
import { DEFAULT_CIRCUIT_SETTINGS, mustOpen, remember } from './circuit-state.js';

describe('the window of a circuit', () => {
  it('remembers 20 outcomes, opens at half failures or 10 in a row, probes every 30 s by default', () => {
    expect(DEFAULT_CIRCUIT_SETTINGS).toEqual({ window: 20, failureShare: 0.5, inARow: 10, probeEveryMs: 30_000 });
  });

  it('forgets the oldest outcome', () => {
    expect(remember('01'.repeat(10), '111', DEFAULT_CIRCUIT_SETTINGS)).toBe(`${'1'}${'01'.repeat(8)}111`);
  });

  it.each([
    ['', false],
    ['0'.repeat(9), false],
    ['0'.repeat(10), true],
    [`${'0'.repeat(9)}1`, false],
    [`1${'0'.repeat(9)}`, false],
    ['01'.repeat(9), false],
    ['01'.repeat(10), true],
    [`11${'01'.repeat(9)}`, false],
  ])('after %s opens: %s', (outcomes, opens) => {
    expect(mustOpen(outcomes, DEFAULT_CIRCUIT_SETTINGS)).toBe(opens);
  });
});
