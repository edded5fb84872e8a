import { describe, expect, it } from '@jest/globals';
import { defaultDefinitions, type IndicatorCode, type View } from './definition.js';
import { judge, judgeStay } from './judge-stay.js';
import { isReached, rateOf } from './rate.js';
import { tally } from './tally.js';
import { elevenStays } from './testing/eleven-stays.js';
import { sunEsWindows, targetOf } from './windows.js';

const F3 = sunEsWindows.find(({ id }) => id === 'F3')!;
const definitionOf = (code: IndicatorCode) => defaultDefinitions.find((one) => one.code === code)!;

function counted(code: IndicatorCode, view: View) {
  const judgements = elevenStays.flatMap((stay) => judge(definitionOf(code), stay) ?? []);
  const { numerator, denominator } = tally(judgements, F3, view);
  const target = targetOf(code, F3, { windows: sunEsWindows, targets: {} });
  return {
    count: `${numerator}/${denominator}`,
    rate: rateOf(numerator, denominator),
    reached: isReached(numerator, denominator, target),
  };
}

describe('the eleven stays, window F3', () => {
  it.each<[IndicatorCode, View, string, number, boolean]>([
    ['DS1.1', 'gross', '4/8', 50, false],
    ['DS1.1', 'net', '4/5', 80, true],
    ['DS1.2', 'gross', '4/8', 50, false],
    ['DS1.2', 'net', '4/5', 80, true],
  ])('%s, %s view, is %s', (code, view, count, rate, reached) => {
    expect(counted(code, view)).toEqual({ count, rate, reached });
  });

  it('say why for each stay', () => {
    const reasons = elevenStays.map((stay) => {
      const gross = judgeStay(definitionOf('DS1.1'), stay, 'gross')!;
      const net = judgeStay(definitionOf('DS1.1'), stay, 'net')!;
      return `${stay.stayId} ${gross.counted} ${net.counted} ${gross.reason.code}`;
    });
    expect(reasons).toEqual([
      'S01 numerator numerator FED',
      'S02 numerator numerator FED',
      'S03 denominator excluded NO_QUALIFIED_INS',
      'S04 excluded excluded DECEASED',
      'S05 denominator excluded DMP_OPPOSED',
      'S06 denominator excluded DMP_CLOSED',
      'S07 numerator numerator FED',
      'S08 numerator numerator FED',
      'S09 excluded excluded CLASS_NOT_COUNTED',
      'S10 denominator denominator DOCUMENT_WITHDRAWN',
      'S11 numerator numerator FED',
    ]);
  });

  it('name the documents that served or should have', () => {
    const last = judgeStay(definitionOf('DS1.1'), elevenStays.at(-1)!, 'gross');
    expect(last?.documents.map(({ version, state }) => `v${version} ${state}`)).toEqual(['v2 fed', 'v1 replaced']);
    expect(last?.reason.text).toBe('Servi : lettre de liaison au DMP, sans retrait depuis.');
  });
});
