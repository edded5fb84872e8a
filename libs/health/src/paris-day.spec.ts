import { describe, expect, it } from '@jest/globals';
import { parisDay } from './paris-day.js';

describe('parisDay', () => {
  it.each([
    ['2025-01-01T22:59:59Z', '2025-01-01'],
    ['2025-01-01T23:00:00Z', '2025-01-02'],
    ['2025-07-01T21:59:59Z', '2025-07-01'],
    ['2025-07-01T22:00:00Z', '2025-07-02'],
  ])('puts %s on %s', (at, day) => {
    expect(parisDay(new Date(at))).toBe(day);
  });
});
