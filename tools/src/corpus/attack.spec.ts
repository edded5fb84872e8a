import { describe, expect, it } from '@jest/globals';
import { wrong } from './attack.js';

const expected = { expect: 'AE 101 REQUIRED_FIELD', location: 'PID^1^3', withinMs: 2_000 };
const got = { answer: 'AE 101 REQUIRED_FIELD', location: 'PID^1^3', ms: 12, said: 'MSA|AE|1' };

describe('an answer to a bad input', () => {
  it('is right when everything is as it was said', () => {
    expect(wrong(expected, got)).toBeUndefined();
  });

  it.each([
    ['another code', { answer: 'AA' }, /expected/],
    ['another place', { location: 'PID^1^5' }, /PID\^1\^5/],
    [
      'the insides of the program',
      { said: 'Error\n    at read (/srv/apps/documents/dist/main.js:12:3)' },
      /stack trace/,
    ],
    ['nothing for too long', { ms: 2_001 }, /2001 ms/],
  ])('is wrong when it says %s', (_what, change, said) => {
    expect(wrong(expected, { ...got, ...change })).toMatch(said);
  });

  it('may take as much longer as the machine is slower', () => {
    expect(wrong(expected, { ...got, ms: 5_000 }, 3)).toBeUndefined();
  });
});
