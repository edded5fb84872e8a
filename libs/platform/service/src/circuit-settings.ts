import type { CircuitSettings } from '@pfi/platform-postgres';
import type { GhtFile } from '@pfi/platform-settings';

/** What the GHT file says of circuits, as the breaker takes it. */
export const circuitSettings = (file: GhtFile['circuitBreaker']): CircuitSettings => ({
  failureShare: file.failureRate,
  window: file.window,
  inARow: file.consecutive,
  probeEveryMs: file.probeEvery,
});
