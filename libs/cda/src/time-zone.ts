/** CI-SIS wants a zone in effectiveTime; some senders leave it out. */
export const hasTimeZone = (text: string): boolean => /[+-]\d{4}$/.test(text);
