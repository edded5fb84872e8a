import { describe, expect, it } from '@jest/globals';
import { changed, refusal, SMALL, withoutLines } from '../../test/small-ght-file.js';
import { parseGhtFile } from './ght-file.js';

const indicators = (settings: object) => parseGhtFile(changed([['indicators'], settings])).indicators;

describe('how a group counts', () => {
  it('may be left to the definitions, with the usual codes of a death', () => {
    const file = parseGhtFile(SMALL);
    expect(file.indicators).toEqual({ byIndicator: {}, windows: [], targets: {} });
    expect(file.deaths).toEqual({ dischargeDispositions: ['D', '20', '40', '41', '42'], pmsiExitModes: ['9'] });
  });

  it('may differ for all indicators, or for one', () => {
    const settings = {
      seances: 'COUNT_EACH',
      lateFeedCutoffDays: null,
      byIndicator: { 'DS4.2': { countFrom: 'delivered' } },
      windows: [{ id: 'F5', from: '2026-01-01', to: '2026-12-31', targets: { 'DS1.1': 75 } }],
      targets: { 'DS1.1': 70 },
    };
    expect(indicators(settings)).toEqual(settings);
  });

  it.each<[string, object, string]>([
    [
      'an unknown way to count sessions',
      { seances: 'ONCE' },
      'seances : COUNT_EACH, GROUP_PER_MONTH ou EXCLUDE attendu',
    ],
    ['a target over 100', { targets: { 'DS1.1': 101 } }, 'targets.DS1.1 : pourcentage attendu, de 0 à 100'],
    [
      'a window that ends before it begins',
      { windows: [{ id: 'X', from: '2026-02-01', to: '2026-01-01', targets: {} }] },
      'windows[0] : la fin précède le début',
    ],
    [
      'a key that nobody knows',
      { byIndicator: { 'DS1.1': { colour: 'blue' } } },
      'byIndicator.DS1.1.colour : clé inconnue',
    ],
  ])('is refused for %s', (_name, settings, problem) => {
    expect(withoutLines(refusal(changed([['indicators'], settings])))).toEqual([`indicators.${problem}`]);
  });

  it('is refused for an indicator that is not computed', () => {
    expect(refusal(changed([['indicators'], { targets: { 'DS9.9': 1 } }]))).not.toEqual([]);
  });
});
