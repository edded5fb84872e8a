import type { DeliveryState } from './delivery.js';

/** What a mail gateway says of a mail; `read` and `delivered` come from notices, in any order and more than once. */
export type MailOutcome = 'sent' | 'delivered' | 'refused' | 'bounced' | 'read' | 'parked';

/**
 * State of a delivery after an outcome of its mail. What arrived has arrived: nothing moves it any more but a bounce, because
 * a relay may say "delivered" of what the mailbox then sends back. A final refusal is not taken back by a late notice.
 */
export function afterMailOutcome(state: DeliveryState, outcome: MailOutcome): DeliveryState {
  if (outcome === 'bounced') return 'refused';
  if (state === 'delivered' || state === 'refused') return state;
  if (outcome === 'read') return 'delivered';
  // The operator has it: a try that is told late changes nothing.
  if (state === 'sent' && (outcome === 'sent' || outcome === 'parked')) return state;
  return outcome;
}
