import type { View } from './definition.js';
import type { Judgement } from './judge-stay.js';
import { covers, type Period } from './period.js';

export interface Tally {
  readonly numerator: number;
  readonly denominator: number;
}

/** Counts judgements of one indicator in a period: each stay once, each group of sessions once. */
export function tally(judgements: readonly Judgement[], period: Period, view: View): Tally {
  const units = new Map<string | symbol, boolean>();
  for (const judgement of judgements) {
    const { counted } = judgement[view];
    if (counted === 'excluded' || !covers(period, { from: judgement.day, to: judgement.day })) continue;
    const unit = judgement.group ?? Symbol('a stay of its own');
    units.set(unit, units.get(unit) === true || counted === 'numerator');
  }
  return { numerator: [...units.values()].filter(Boolean).length, denominator: units.size };
}
