import type { Scene } from './endings.js';
import type { LiveStage } from './live-stage.js';
import type { Place } from './stories/stage.js';

/** A rate of one establishment, this month, gross view. */
export interface Rate {
  readonly establishment: string;
  readonly code: 'DS1.1' | 'DS4.2';
  readonly numerator: number;
  readonly denominator: number;
}

const codes = ['DS1.1', 'DS4.2'] as const;

export async function ratesNow({ api }: LiveStage, places: readonly Place[]): Promise<Rate[]> {
  const found = await Promise.all(
    places.map(async ({ establishment }) => {
      const indicators = await api.indicators({ perimeter: establishment, view: 'gross' });
      return codes.map((code): Rate => {
        const one = indicators.find((indicator) => indicator.code === code);
        if (!one) throw new Error(`l’indicateur ${code} n’est pas publié`);
        return { establishment, code, numerator: one.numerator, denominator: one.denominator };
      });
    }),
  );
  return found.flat();
}

/** What the stories say that the rates must be, from what they were: counted here, without asking the platform. */
export function expectedRates(all: readonly Scene[], before: readonly Rate[]): Rate[] {
  return before.map((rate) => {
    const ended = all.filter((scene) => scene.stay === 'ended' && scene.place.establishment === rate.establishment);
    const counts = rate.code === 'DS1.1' ? hasLetterInDmp : reachedPatient;
    return {
      ...rate,
      numerator: rate.numerator + ended.filter(counts).length,
      denominator: rate.denominator + ended.length,
    };
  });
}

const hasLetterInDmp = ({ endings }: Scene): boolean =>
  endings.some(({ letter, withdrawn, dmp }) => letter && !withdrawn && dmp?.state === 'delivered');

const reachedPatient = ({ endings }: Scene): boolean => endings.some(({ patient }) => patient?.state === 'delivered');

export function rateProblems(rates: readonly Rate[], expected: readonly Rate[]): string[] {
  return expected.flatMap((wanted) => {
    const is = rates.find((rate) => rate.establishment === wanted.establishment && rate.code === wanted.code);
    if (is?.numerator === wanted.numerator && is.denominator === wanted.denominator) return [];
    return [
      `${wanted.code} de ${wanted.establishment} : ${is?.numerator} sur ${is?.denominator} ; attendu ${wanted.numerator} sur ${wanted.denominator}`,
    ];
  });
}

export function rateLines(rates: readonly Rate[], places: readonly Place[]): string[] {
  const cell = (establishment: string, code: Rate['code']) => {
    const rate = rates.find((one) => one.establishment === establishment && one.code === code);
    if (!rate || rate.denominator === 0) return '—';
    const percent = ((100 * rate.numerator) / rate.denominator).toFixed(1).replace('.', ',');
    return `${rate.numerator}/${rate.denominator} = ${percent} %`;
  };
  return [
    `${'Indicateurs du mois'.padEnd(26)}${codes.map((code) => `${code} (brut)`.padStart(20)).join('')}`,
    ...places.map(
      ({ name, establishment }) =>
        `${name.padEnd(26)}${codes.map((code) => cell(establishment, code).padStart(20)).join('')}`,
    ),
  ];
}
