export interface RetryDelays {
  /** Default 2 s. */
  readonly baseMs: number;
  /** Default 15 min. */
  readonly capMs: number;
}

export const DEFAULT_RETRY_DELAYS: RetryDelays = { baseMs: 2_000, capMs: 15 * 60_000 };

/** Full jitter: a random wait in [0, min(cap, base·2^attempts)[, in milliseconds. `attempts` = runs already made, from 1. */
export function retryDelay(
  attempts: number,
  delays: RetryDelays = DEFAULT_RETRY_DELAYS,
  random: () => number = Math.random,
): number {
  return Math.floor(random() * Math.min(delays.capMs, delays.baseMs * 2 ** attempts));
}
