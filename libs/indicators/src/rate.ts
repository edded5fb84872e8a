/** Percent, for reading only: whether a target is reached is never decided on it. Null when there is nothing to count. */
export const rateOf = (numerator: number, denominator: number): number | null =>
  denominator === 0 ? null : Math.round((10_000 * numerator) / denominator) / 100;

/**
 * `100 × numerator ≥ target × denominator`, on whole numbers, nothing rounded before. Null when there is no target or nothing
 * to count: then nothing can be said.
 */
export const isReached = (numerator: number, denominator: number, target: number | null): boolean | null =>
  target === null || denominator === 0 ? null : 100 * numerator >= target * denominator;
