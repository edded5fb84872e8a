export interface CircuitSettings {
  /** Transport outcomes remembered. Default 20. */
  readonly window: number;
  /** Share of failures in a full window that opens the circuit. Default 0.5. */
  readonly failureShare: number;
  /** Failures in a row that open it. Default 10. */
  readonly inARow: number;
  /** Time between two probes of an open circuit. Default 30 s. */
  readonly probeEveryMs: number;
}

export const DEFAULT_CIRCUIT_SETTINGS: CircuitSettings = {
  window: 20,
  failureShare: 0.5,
  inARow: 10,
  probeEveryMs: 30_000,
};

export const ANSWERED = '1';
export const FAILED = '0';

/** The window after more outcomes, oldest first. */
export function remember(outcomes: string, more: string, settings: CircuitSettings): string {
  return (outcomes + more).slice(-settings.window);
}

/** Whether these outcomes (`1` answered, `0` failed, oldest first) open the circuit. */
export function mustOpen(outcomes: string, settings: CircuitSettings): boolean {
  const failures = outcomes.split(FAILED).length - 1;
  const lastAnswer = outcomes.lastIndexOf(ANSWERED);
  if (outcomes.length - 1 - lastAnswer >= settings.inARow) return true;
  return outcomes.length >= settings.window && failures >= settings.failureShare * settings.window;
}
