import { describe, expect, it } from '@jest/globals';
import { offsetOf, stateOf } from './clock-offset.js';

const limits = { warnMs: 500, refuseMs: 2_000 };

describe('the offset of a clock', () => {
  it('is measured from the middle of the round trip', () => {
    expect(offsetOf([{ askedAt: 10_000, roundTripMs: 40, serverAt: 9_000 }])).toEqual({
      offsetMs: 1_020,
      uncertaintyMs: 20,
    });
  });

  it('is told by the shortest round trip', () => {
    const slow = { askedAt: 0, roundTripMs: 5_000, serverAt: 4_900 };
    const fast = { askedAt: 6_000, roundTripMs: 2, serverAt: 6_001 };
    expect(offsetOf([slow, fast, slow])).toEqual({ offsetMs: 0, uncertaintyMs: 1 });
  });

  it('is unknown without a sample', () => {
    expect(offsetOf([])).toBeUndefined();
  });
});

describe('the state of a clock', () => {
  it.each([
    [0, 'right'],
    [-499, 'right'],
    [501, 'drifting'],
    [-1_999, 'drifting'],
    [2_001, 'off'],
    [-3_600_000, 'off'],
  ] as const)('%i ms from the server: %s', (offsetMs, state) => {
    expect(stateOf({ offsetMs, uncertaintyMs: 0.5 }, limits)).toBe(state);
  });

  it('is never judged by a round trip that leaves both possible', () => {
    expect(stateOf({ offsetMs: 2_400, uncertaintyMs: 2_500 }, limits)).toBeUndefined();
    expect(stateOf({ offsetMs: 300, uncertaintyMs: 300 }, limits)).toBeUndefined();
  });

  it('is off however slow the answer, when every moment of the round trip says so', () => {
    expect(stateOf({ offsetMs: 3_600_000, uncertaintyMs: 2_500 }, limits)).toBe('off');
  });
});
