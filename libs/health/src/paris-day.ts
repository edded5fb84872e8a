const day = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Paris',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** Calendar day in France (`YYYY-MM-DD`) of an instant. */
export function parisDay(instant: Date): string {
  return day.format(instant);
}
