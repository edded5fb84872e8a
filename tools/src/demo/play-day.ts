import type { Stack } from '../stack/stack.js';

/** What a played day came to: lines for the person, and what was not as it should be (empty when all is well). */
export interface DaySummary {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Plays a day of a synthetic GHT through the platform's own doors. */
export async function playDay(stack: Stack, say: (line: string) => void): Promise<DaySummary> {
  say(`the platform answers at ${stack.url('documents')}`);
  return { lines: [], problems: [] };
}
