import { PfiError } from '@pfi/health';
import { currentMonth, monthsBefore, type MeasurementWindow, type Period } from '@pfi/indicators-core';
import { z } from 'zod';

const day = z.iso.date({ error: 'jour attendu sous la forme AAAA-MM-JJ' });

/** A window, or two days, or nothing; with the perimeter and the view. */
export const periodQuery = {
  window: z.string().max(63).optional(),
  from: day.optional(),
  to: day.optional(),
  perimeter: z.string().max(63).optional(),
  view: z.enum(['gross', 'net'], { error: 'gross ou net attendu' }).default('gross'),
};

interface Asked {
  readonly window?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Two centuries of months would only be a way to keep a server busy. */
const LONGEST_YEARS = 10;

/** The period asked for; the current month in France by default. Raises WINDOW_UNKNOWN, PERIOD_INVALID. */
export function periodOf(
  { window, from, to }: Asked,
  windows: readonly MeasurementWindow[],
  byDefault: Period = currentMonth(new Date()),
): Period {
  if (window !== undefined) {
    if (from !== undefined || to !== undefined)
      throw invalid('Indiquer une fenêtre, ou deux jours, mais pas les deux.');
    const found = windows.find(({ id }) => id === window);
    if (found) return { from: found.from, to: found.to };
    const known = windows.map(({ id }) => id).join(', ');
    throw new PfiError('WINDOW_UNKNOWN', 'invalid', `Cette fenêtre n’existe pas. Fenêtres connues : ${known}.`);
  }
  if (from === undefined && to === undefined) return byDefault;
  if (from === undefined || to === undefined) throw invalid('Indiquer les deux jours, from et to.');
  if (from > to) throw invalid('La fin de la période précède son début.');
  if (Number(to.slice(0, 4)) - Number(from.slice(0, 4)) > LONGEST_YEARS)
    throw invalid(`Une période de ${LONGEST_YEARS} ans au plus est attendue.`);
  return { from, to };
}

/** The twelve months up to the current one. */
export function lastTwelveMonths(now: Date): Period {
  const { from, to } = currentMonth(now);
  return { from: monthsBefore(from, 11), to };
}

const invalid = (text: string) => new PfiError('PERIOD_INVALID', 'invalid', text);
