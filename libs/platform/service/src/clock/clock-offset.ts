/** One reading of the server's clock; everything in milliseconds. */
export interface ClockSample {
  /** Our clock when the question left. */
  readonly askedAt: number;
  /** From question to answer, on the monotonic clock. */
  readonly roundTripMs: number;
  readonly serverAt: number;
}

/** How far our clock is ahead of the server's (negative: behind), and by how much that may be wrong either way. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

export interface ClockLimits {
  readonly warnMs: number;
  readonly refuseMs: number;
}

/** `off`: nothing may be dated by this clock. */
export type ClockState = 'right' | 'drifting' | 'off';

/** The server read its clock at some moment of the round trip: the shortest one says most. */
export function offsetOf(samples: readonly ClockSample[]): ClockOffset | undefined {
  const [best] = samples.toSorted((one, other) => one.roundTripMs - other.roundTripMs);
  if (!best) return undefined;
  const uncertaintyMs = best.roundTripMs / 2;
  return { offsetMs: best.askedAt + uncertaintyMs - best.serverAt, uncertaintyMs };
}

/** What an offset proves; undefined when it lies too near to a limit for its uncertainty. */
export function stateOf({ offsetMs, uncertaintyMs }: ClockOffset, limits: ClockLimits): ClockState | undefined {
  const least = Math.abs(offsetMs) - uncertaintyMs;
  const most = Math.abs(offsetMs) + uncertaintyMs;
  if (least > limits.refuseMs) return 'off';
  if (most > limits.refuseMs) return undefined;
  if (least > limits.warnMs) return 'drifting';
  return most > limits.warnMs ? undefined : 'right';
}
