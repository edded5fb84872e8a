/** A length of time in milliseconds. */
export type Milliseconds = number;

const PATTERN = /^P(?=[\dT])(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;

/**
 * Reads an ISO 8601 duration (`PT24H`, `P4D`, `PT0.5S`). Years and months are refused: their length varies.
 * Returns undefined when the text is not such a duration.
 */
export function parseIsoDuration(text: string): Milliseconds | undefined {
  const parts = PATTERN.exec(text);
  if (!parts) return undefined;
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return Math.round(((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}
