const zone = 'Europe/Paris';
const instantFormat = new Intl.DateTimeFormat('fr-FR', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
const preciseFormat = new Intl.DateTimeFormat('fr-FR', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', dateStyle: 'short' });
const monthFormat = new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', month: 'short', year: '2-digit' });
const longMonthFormat = new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const partsFormat = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** An ISO instant, told at the hour of France. */
export const instant = (iso: string): string => instantFormat.format(new Date(iso));

/** The same, to the second. */
export const preciseInstant = (iso: string): string => preciseFormat.format(new Date(iso));

/** A calendar day (YYYY-MM-DD), never moved by a time zone. */
export const day = (date: string): string => dayFormat.format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** `nov. 26` */
export const shortMonth = (date: string): string => monthFormat.format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** `novembre 2026` */
export const longMonth = (date: string): string => longMonthFormat.format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** YYYY-MM-DD in France. */
export const today = (now: Date = new Date()): string => {
  const part = partsOf(now);
  return `${part.year}-${part.month}-${part.day}`;
};

/** First and last day of the month of a day. */
export function monthOf(date: string): { readonly from: string; readonly to: string } {
  const [year = 0, month = 1] = date.split('-').map(Number);
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const prefix = date.slice(0, 8);
  return { from: `${prefix}01`, to: `${prefix}${String(last).padStart(2, '0')}` };
}

/** How long ago, as people say it. */
export function since(iso: string, now: Date = new Date()): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - new Date(iso).getTime()) / 60_000));
  if (minutes < 1) return 'à l’instant';
  if (minutes < 60) return `il y a ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `il y a ${hours} h`;
  return `il y a ${Math.floor(hours / 24)} jours`;
}

/** The instant at which a day begins in France, as the APIs expect it. */
export function startOfDay(date: string): string {
  const guess = new Date(`${date}T00:00:00Z`);
  // The offset just before and at midnight may differ on the days of change: asked again at the instant found.
  const first = new Date(guess.getTime() - offsetOf(guess));
  return new Date(guess.getTime() - offsetOf(first)).toISOString();
}

/** The day after. */
export function nextDay(date: string): string {
  const next = new Date(`${date}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

function offsetOf(at: Date): number {
  const part = partsOf(at);
  const there = Date.UTC(+part.year, +part.month - 1, +part.day, +part.hour, +part.minute, +part.second);
  return there - at.getTime();
}

function partsOf(at: Date): Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string> {
  const found = Object.fromEntries(partsFormat.formatToParts(at).map(({ type, value }) => [type, value]));
  return found as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>;
}
