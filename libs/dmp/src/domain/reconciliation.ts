/** An entry that the registry has under our document's uniqueId. */
export interface FoundEntry {
  readonly entryUuid: string;
  /** SHA-1, hexadecimal; null when the registry does not say. */
  readonly hash: string | null;
  /** `Approved`, `Deprecated`… */
  readonly status: string;
}

export interface ReconciliationState {
  /** Look-ups that found nothing so far, this one not included. */
  readonly checks: number;
  readonly firstCheckAt: Date | null;
}

export interface ReconciliationSettings {
  /** Look-ups that must find nothing before the deposit may be sent again… */
  readonly checks: number;
  /** …spread over at least this long, in milliseconds. */
  readonly overMs: number;
}

export type ReconciliationStep =
  | { readonly kind: 'found'; readonly entryUuid: string }
  /** The DMP holds other bytes under our id. */
  | { readonly kind: 'different' }
  | { readonly kind: 'look-again'; readonly at: Date }
  | { readonly kind: 'send-again' };

/**
 * After an unknown outcome: never guess. Found with our hash (with our own entryUUID, when the registry tells no hash) = done;
 * nothing found, often enough and for long enough = it never arrived. Pure.
 */
export function reconcile(
  entries: readonly FoundEntry[],
  ours: { readonly sha1: string; readonly entryUuid: string },
  state: ReconciliationState,
  settings: ReconciliationSettings,
  now: Date,
): ReconciliationStep {
  const same = entries.find((entry) =>
    entry.hash === null ? entry.entryUuid === ours.entryUuid : entry.hash.toLowerCase() === ours.sha1.toLowerCase(),
  );
  if (same) return { kind: 'found', entryUuid: same.entryUuid };
  if (entries.length > 0) return { kind: 'different' };
  const since = now.getTime() - (state.firstCheckAt ?? now).getTime();
  if (state.checks + 1 >= settings.checks && since >= settings.overMs) return { kind: 'send-again' };
  const interval = settings.overMs / Math.max(1, settings.checks - 1);
  return { kind: 'look-again', at: new Date(now.getTime() + interval) };
}
