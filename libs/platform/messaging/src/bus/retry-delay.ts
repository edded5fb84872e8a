export interface RetryDelay {
  readonly first: number;
  readonly longest: number;
}

/** Milliseconds before the next try: doubles each time, half of it random so that instances do not come back together. */
export function retryDelay({ first, longest }: RetryDelay, failures: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 20));
  return full / 2 + (Math.random() * full) / 2;
}
