import type { DeliveryState, Verdict } from './delivery.js';
import { reason, type ReasonCode } from './reasons.js';

/** What a delivery is about (contract: `DeliveryOperation`). */
export type Operation = 'send' | 'replace' | 'withdraw';

/** What a destination gave back for what it took. */
export interface Receipt {
  /** XDSDocumentEntry.entryUUID */
  readonly entryUuid?: string | undefined;
  /** Message-ID and address of a mail. */
  readonly messageId?: string | undefined;
  readonly address?: string | undefined;
  /** ISO 8601 instant of the first read notice of a mail. */
  readonly readAt?: string | undefined;
}

/** What left before, as far as it is known: names what is replaced or withdrawn. */
export interface Predecessor {
  /** Of the document that left. */
  readonly uniqueId: string;
  readonly receipt: Receipt | null;
}

/** A delivery as far as the order of versions goes. */
export interface Sending extends Predecessor {
  readonly state: DeliveryState;
  /** A gateway got its go-ahead once: bytes may have left. */
  readonly claimed: boolean;
  /** What became of its withdrawal, once there is one. */
  readonly withdrawal: DeliveryState | undefined;
}

/** What a delivery that the other rules let go may do. */
export type Turn =
  | { readonly kind: 'goes'; readonly operation: Operation; readonly predecessor: Predecessor | null }
  | { readonly kind: 'waits'; readonly reason: ReasonCode }
  | { readonly kind: 'pointless'; readonly reason: ReasonCode };

const waits = (reason: ReasonCode): Turn => ({ kind: 'waits', reason });
const isDone = (state: DeliveryState): boolean => state === 'sent' || state === 'delivered';

/**
 * The turn of a version's delivery, from the same deliveries (channel and recipient) of the versions before it, newest first
 * (invariant I5): it replaces what left, waits for what may be leaving, and ignores what never left. `leaving`: a gateway has its
 * go-ahead, so that a withdrawal that is held waits for it and not the reverse.
 */
export function turnAfter(earlier: readonly Sending[], leaving = false): Turn {
  for (const before of earlier) {
    if (isDone(before.state)) return afterDone(before, leaving);
    if (before.claimed && before.state === 'pending') return waits('PREVIOUS_VERSION_IN_PROGRESS');
    if (before.claimed && before.state === 'parked') return waits('PREVIOUS_VERSION_PARKED');
    // Given up in doubt: the gateway looks for it before it sends.
    if (before.claimed && before.state === 'cancelled') return replaces(before);
  }
  return { kind: 'goes', operation: 'send', predecessor: null };
}

function afterDone(before: Sending, leaving: boolean): Turn {
  const { withdrawal } = before;
  if (
    withdrawal === undefined ||
    (withdrawal === 'held' && leaving) ||
    withdrawal === 'refused' ||
    withdrawal === 'not-applicable' ||
    withdrawal === 'cancelled'
  )
    return replaces(before);
  if (isDone(withdrawal)) return { kind: 'goes', operation: 'send', predecessor: null };
  return waits(withdrawal === 'parked' ? 'PREVIOUS_VERSION_PARKED' : 'PREVIOUS_VERSION_IN_PROGRESS');
}

const replaces = ({ uniqueId, receipt }: Sending): Turn => ({
  kind: 'goes',
  operation: 'replace',
  predecessor: { uniqueId, receipt },
});

/** The turn of a withdrawal, from the delivery that it withdraws and the same deliveries of later versions. */
export function turnOfWithdrawal(sending: Sending, later: readonly Sending[]): Turn {
  if (later.some(({ state }) => isDone(state))) return { kind: 'pointless', reason: 'REPLACED_SINCE' };
  if (later.some(({ state, claimed }) => claimed && state === 'pending')) return waits('NEXT_VERSION_IN_PROGRESS');
  if (later.some(({ state, claimed }) => claimed && state === 'parked')) return waits('NEXT_VERSION_PARKED');
  const { uniqueId, receipt } = sending;
  if (isDone(sending.state)) return { kind: 'goes', operation: 'withdraw', predecessor: { uniqueId, receipt } };
  if (sending.claimed && sending.state === 'pending') return waits('PREVIOUS_VERSION_IN_PROGRESS');
  if (sending.claimed && sending.state === 'parked') return waits('PREVIOUS_VERSION_PARKED');
  return { kind: 'pointless', reason: 'NOTHING_TO_WITHDRAW' };
}

/**
 * Why a delivery that has not left must not leave any more, whatever the other rules say; undefined when it may. What a
 * gateway may be sending goes on: its outcome decides what follows.
 */
export function stopped(
  delivery: { readonly state: DeliveryState; readonly claimed: boolean; readonly operation: Operation },
  document: { readonly withdrawn: boolean; readonly superseded: boolean },
): Verdict | undefined {
  const mayHaveLeft = delivery.claimed && (delivery.state === 'pending' || delivery.state === 'parked');
  if (delivery.operation === 'withdraw' || mayHaveLeft) return undefined;
  if (document.withdrawn) return { state: 'cancelled', reasons: [reason('WITHDRAWN')] };
  return document.superseded ? { state: 'cancelled', reasons: [reason('SUPERSEDED')] } : undefined;
}
