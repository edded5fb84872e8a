const pattern = /^(\d{4})(\d{2})?(\d{2})?(?:(\d{2})(\d{2})?(\d{2})?(?:\.\d{1,4})?)?([+-]\d{4})?$/;
const parisClock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Milliseconds by which Paris clocks are ahead of UTC. */
function parisOffset(instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of parisClock.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
}

/** Reads an HL7 `TS`, Europe/Paris when it has no zone; null when it is not a date that exists. */
export function hl7TimeToDate(text: string): Date | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) =>
    Number(match[i] ?? (i < 4 ? 1 : 0)),
  ) as [number, number, number, number, number, number];
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists = local.getUTCMonth() === month - 1 && local.getUTCDate() === day;
  if (!exists || year < 1000 || hour > 23 || minute > 59 || second > 59) return null;
  const zone = match[7];
  if (zone !== undefined) {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
    return new Date(local.getTime() - (zone.startsWith('-') ? -minutes : minutes) * 60_000);
  }
  const guess = local.getTime() - parisOffset(local.getTime());
  return new Date(local.getTime() - parisOffset(guess));
}

export function hasTimeZone(text: string): boolean {
  return /[+-]\d{4}$/.test(text);
}
