import type { Ins } from '@pfi/health';
import type { Reason } from './reasons.js';

export type Channel = 'dmp' | 'mss-pro' | 'mss-patient';
export type Form = 'cda-n1' | 'cda-n3' | 'pdf';
export type Audience = 'professional' | 'patient';

/** States of a delivery (design §7). */
export type DeliveryState =
  'held' | 'pending' | 'sent' | 'delivered' | 'refused' | 'parked' | 'cancelled' | 'not-applicable';

export type DocumentState =
  | 'withdrawn'
  | 'abandoned'
  | 'parked'
  | 'held'
  | 'in-delivery'
  | 'delivered'
  | 'partly-delivered'
  | 'refused'
  | 'not-sent';

/** What the rules say about a delivery now. */
export interface Verdict {
  readonly state: 'held' | 'pending' | 'refused' | 'parked' | 'not-applicable' | 'cancelled';
  readonly reasons: readonly Reason[];
  /** How the artefact is made and the INS that it carries, null for none; present when `state` is `pending`. */
  readonly artefact?: { readonly making: ArtefactMaking; readonly ins: Ins | null };
}

/**
 * How the bytes that leave come to be (design D2): the received CDA unchanged, the received CDA with its recordTarget
 * completed by the INS, or a CDA N1 rendered around a received PDF.
 */
export type ArtefactMaking = 'as-received' | 'complete-ins' | 'render-n1';

const done: ReadonlySet<DeliveryState> = new Set(['sent', 'delivered']);

/** State of a document from those of its deliveries: the first rule of design §7 that fits. */
export function documentState(
  deliveries: readonly DeliveryState[],
  said: { readonly withdrawn?: boolean; readonly abandoned?: boolean } = {},
): DocumentState {
  if (said.withdrawn) return 'withdrawn';
  if (said.abandoned) return 'abandoned';
  const has = (...states: DeliveryState[]) => deliveries.some((state) => states.includes(state));
  if (has('parked')) return 'parked';
  const isDone = deliveries.some((state) => done.has(state));
  if (has('held') && !has('pending') && !isDone) return 'held';
  if (has('pending', 'held')) return 'in-delivery';
  if (isDone) return has('refused', 'cancelled') ? 'partly-delivered' : 'delivered';
  return has('refused') ? 'refused' : 'not-sent';
}
