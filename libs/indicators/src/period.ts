import { parisDay } from '@pfi/health';

/** Days in France (`YYYY-MM-DD`), both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

export const covers = (outer: Period, inner: Period): boolean => outer.from <= inner.from && inner.to <= outer.to;

/** The calendar month of a day. */
export function monthOf(day: string): Period {
  const month = day.slice(0, 7);
  return { from: `${month}-01`, to: lastDay(month) };
}

export const currentMonth = (now: Date): Period => monthOf(parisDay(now));

/** The months that a period touches, cut at its ends. */
export function monthsOf({ from, to }: Period): Period[] {
  const months: Period[] = [];
  for (let day = from; day <= to;) {
    const month = monthOf(day);
    months.push({ from: day, to: month.to < to ? month.to : to });
    day = dayAfter(month.to, 1);
  }
  return months;
}

/** `days` calendar days after a day. */
export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The month `months` before the one of a day, from its first day. */
export function monthsBefore(day: string, months: number): string {
  const at = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() - months);
  return at.toISOString().slice(0, 10);
}

function lastDay(month: string): string {
  const at = new Date(`${month}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + 1, 0);
  return at.toISOString().slice(0, 10);
}
