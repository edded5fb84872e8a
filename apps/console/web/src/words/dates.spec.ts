import { describe, expect, it } from '@jest/globals';
import { day, instant, monthOf, nextDay, since, startOfDay, today } from './dates.js';

describe('dates of the console', () => {
  it('tells an instant at the hour of France, in winter and in summer', () => {
    expect(instant('2026-01-31T23:30:00Z')).toContain('01/02/2026');
    expect(instant('2026-07-01T21:59:00Z')).toMatch(/01\/07\/2026.*23:59/);
  });

  it('never moves a calendar day', () => {
    expect(day('1978-03-01')).toBe('01/03/1978');
  });

  it.each([
    ['2026-01-15', '2026-01-14T23:00:00.000Z'],
    ['2026-07-15', '2026-07-14T22:00:00.000Z'],
    ['2026-03-29', '2026-03-28T23:00:00.000Z'],
    ['2026-10-25', '2026-10-24T22:00:00.000Z'],
    ['2026-10-26', '2026-10-25T23:00:00.000Z'],
  ])('begins %s at midnight in France', (date, expected) => {
    expect(startOfDay(date)).toBe(expected);
  });

  it('knows today in France when it is still yesterday in UTC', () => {
    expect(today(new Date('2026-06-30T22:30:00Z'))).toBe('2026-07-01');
  });

  it('ends months where they end', () => {
    expect(monthOf('2028-02-10')).toEqual({ from: '2028-02-01', to: '2028-02-29' });
    expect(nextDay('2026-12-31')).toBe('2027-01-01');
  });

  it.each([
    [20_000, 'à l’instant'],
    [5 * 60_000, 'il y a 5 min'],
    [26 * 3_600_000, 'il y a 26 h'],
    [4 * 86_400_000, 'il y a 4 jours'],
  ])('says how long ago %d ms were', (ago, words) => {
    const now = new Date('2026-11-23T12:00:00Z');
    expect(since(new Date(now.getTime() - ago).toISOString(), now)).toBe(words);
  });
});
