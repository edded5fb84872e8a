const DTM = /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,4}))?)?)?)?)?)?([+-]\d{4})?$/;
const parisWallClock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const OFFSETS_KEPT = 4_096;
const offsetByHour = new Map<number, number>();

/**
 * Instant of an HL7 date and time (`YYYY[MM[DD[HH[MM[SS[.s]]]]]][±ZZZZ]`); French wall-clock time when it has no zone.
 * @returns undefined when it is not one, or not in the calendar
 */
export function toInstant(dtm: string): Date | undefined {
  const match = DTM.exec(dtm);
  if (!match) return undefined;
  const [, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone] =
    match;
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1000);
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    milliseconds,
  );
  if (zone !== undefined) {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
    if (Number(zone.slice(3)) > 59 || minutes > 14 * 60) return undefined;
    return new Date(wall - (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS);
  }
  const guess = wall - parisOffset(wall);
  return new Date(wall - parisOffset(guess));
}

/** `YYYYMMDDHHMMSS` in French wall-clock time, as the CI-SIS examples write it. */
export function formatDtm(instant: Date): string {
  return new Date(instant.getTime() + parisOffset(instant.getTime())).toISOString().slice(0, 19).replace(/[-:T]/g, '');
}

/** ISO day of an HL7 date (`YYYYMMDD`, a time after it is ignored); undefined when it is not a day of the calendar. */
export function toDay(date: string): string | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(?:\d{2,}.*)?$/.exec(date);
  if (!match) return undefined;
  const [, year = '', month = '', day = ''] = match;
  return isCalendarDay(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : undefined;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Milliseconds that the French wall clock is ahead of UTC. It changes on the hour only, so each hour is asked for once. */
function parisOffset(utcMs: number): number {
  const hour = Math.floor(utcMs / HOUR_MS);
  let offset = offsetByHour.get(hour);
  if (offset === undefined) {
    const parts = Object.fromEntries(
      parisWallClock.formatToParts(hour * HOUR_MS).map(({ type, value }) => [type, Number(value)]),
    );
    const wall = Date.UTC(
      parts['year'] ?? 0,
      (parts['month'] ?? 1) - 1,
      parts['day'] ?? 1,
      parts['hour'] ?? 0,
      parts['minute'] ?? 0,
      parts['second'] ?? 0,
    );
    offset = wall - hour * HOUR_MS;
    if (offsetByHour.size === OFFSETS_KEPT) offsetByHour.clear();
    offsetByHour.set(hour, offset);
  }
  return offset;
}
