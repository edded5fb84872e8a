const FINESS = /^(?:\d{2}|2[AB])\d{7}$/;

/** FINESS number of a legal entity or an establishment: 9 characters, department first (`2A` and `2B` in Corsica). */
export function isFiness(text: string): boolean {
  return FINESS.test(text);
}
