import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from './canonical-json.js';
import { defaultDefinitions } from './definition.js';
import { currentMonth, monthsOf } from './period.js';
import { isReached, rateOf } from './rate.js';
import { definitionsOf } from './settings.js';
import { sunEsWindows, targetOf, withWindows } from './windows.js';

describe('a target', () => {
  it.each([
    [489, 1000, 49, false],
    [4899, 10_000, 49, false],
    [49, 100, 49, true],
    [0, 0, 49, null],
    [1, 1, null, null],
  ])('%i of %i against %s is reached: %s', (numerator, denominator, target, reached) => {
    expect(isReached(numerator, denominator, target)).toBe(reached);
  });

  it('comes from the last window that holds the period, else from the group, else from nowhere', () => {
    const from = (period: { from: string; to: string }, targets = {}) =>
      targetOf('DS1.1', period, { windows: sunEsWindows, targets });
    expect(from({ from: '2023-02-01', to: '2023-02-28' })).toBe(64);
    expect(from({ from: '2022-08-01', to: '2022-08-31' })).toBe(59);
    expect(from({ from: '2023-06-01', to: '2023-07-31' })).toBeNull();
    expect(from({ from: '2026-11-01', to: '2026-11-30' })).toBeNull();
    expect(from({ from: '2026-11-01', to: '2026-11-30' }, { 'DS1.1': 70 })).toBe(70);
    const F5 = { id: 'F5', from: '2026-01-01', to: '2026-12-31', targets: { 'DS1.1': 75 } };
    const period = { from: '2026-11-01', to: '2026-11-30' };
    expect(targetOf('DS1.1', period, { windows: withWindows([F5]), targets: {} })).toBe(75);
  });
});

describe('a rate', () => {
  it('is shown with two decimals, and not at all when there is nothing to count', () => {
    expect([rateOf(2, 3), rateOf(4, 8), rateOf(0, 0)]).toEqual([66.67, 50, null]);
  });
});

describe('a period', () => {
  it('is the current month in France', () => {
    expect(currentMonth(new Date('2026-10-31T23:30:00Z'))).toEqual({ from: '2026-11-01', to: '2026-11-30' });
  });

  it('is cut into its months', () => {
    expect(monthsOf({ from: '2023-12-15', to: '2024-02-10' })).toEqual([
      { from: '2023-12-15', to: '2023-12-31' },
      { from: '2024-01-01', to: '2024-01-31' },
      { from: '2024-02-01', to: '2024-02-10' },
    ]);
  });
});

describe('definitions', () => {
  const none = { byIndicator: {}, windows: [], targets: {} };

  it('are the defaults when a group says nothing', () => {
    expect(definitionsOf({ ...none, seances: undefined })).toEqual(defaultDefinitions);
  });

  it('take what a group says of all, then of one', () => {
    const [letter, prescription, message] = definitionsOf({
      ...none,
      seances: 'EXCLUDE',
      byIndicator: {
        'DS1.1': { documentTypes: ['X'], seances: 'COUNT_EACH' },
        'DS4.2': { countFrom: 'delivered' },
      },
    });
    expect(letter).toMatchObject({ seances: 'COUNT_EACH', feeding: { channel: 'dmp', documentTypes: ['X'] } });
    expect(prescription).toMatchObject({ seances: 'EXCLUDE' });
    expect(message).toMatchObject({ feeding: { countFrom: 'delivered' } });
  });

  it('have one canonical text, whatever the order of their fields', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: undefined })).toBe('{"b":[1,{"c":"é","d":null}]}');
    const [letter] = defaultDefinitions;
    const turned = Object.fromEntries(Object.entries(letter ?? {}).toReversed());
    expect(canonicalJson(turned)).toBe(canonicalJson(letter));
  });
});
