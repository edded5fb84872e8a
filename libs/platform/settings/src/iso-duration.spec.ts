import { describe, expect, it } from '@jest/globals';
import { parseIsoDuration } from './iso-duration.js';

describe('an ISO 8601 duration', () => {
  it.each([
    ['PT2S', 2_000],
    ['PT0.5S', 500],
    ['PT15M', 900_000],
    ['PT72H', 259_200_000],
    ['P4D', 345_600_000],
    ['P1W', 604_800_000],
    ['P1DT1H1M1S', 90_061_000],
    ['PT0S', 0],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseIsoDuration(text)).toBe(expected);
  });

  it.each(['', 'P', 'PT', '2S', 'P1M', 'P1Y', 'PT-1S', 'PT1.2345S', '1h', ' PT1S', 'P1DT'])('refuses %p', (text) => {
    expect(parseIsoDuration(text)).toBeUndefined();
  });
});
