import { describe, expect, it } from '@jest/globals';
import type { DeliveryState } from './delivery.js';
import { afterMailOutcome, type MailOutcome } from './mail-outcome.js';

describe('a mail', () => {
  const cases: [DeliveryState, MailOutcome, DeliveryState][] = [
    ['pending', 'sent', 'sent'],
    ['pending', 'delivered', 'delivered'],
    ['pending', 'refused', 'refused'],
    ['pending', 'bounced', 'refused'],
    ['pending', 'parked', 'parked'],
    ['sent', 'sent', 'sent'],
    ['sent', 'delivered', 'delivered'],
    ['sent', 'bounced', 'refused'],
    ['sent', 'refused', 'refused'],
    ['sent', 'read', 'delivered'],
    ['sent', 'parked', 'sent'],
    ['delivered', 'sent', 'delivered'],
    ['delivered', 'delivered', 'delivered'],
    ['delivered', 'refused', 'delivered'],
    ['delivered', 'parked', 'delivered'],
    ['delivered', 'read', 'delivered'],
    ['delivered', 'bounced', 'refused'],
    ['refused', 'sent', 'refused'],
    ['refused', 'delivered', 'refused'],
    ['refused', 'bounced', 'refused'],
    ['refused', 'read', 'refused'],
    ['parked', 'sent', 'sent'],
    ['parked', 'delivered', 'delivered'],
    ['parked', 'bounced', 'refused'],
  ];
  it.each(cases)('that is %s and %s is then %s', (before, outcome, after) => {
    expect(afterMailOutcome(before, outcome)).toBe(after);
  });

  it('ends the same in whatever order its notices come', () => {
    const ends = (outcomes: MailOutcome[]) => outcomes.reduce<DeliveryState>(afterMailOutcome, 'pending');
    expect(ends(['sent', 'delivered', 'read'])).toBe('delivered');
    expect(ends(['read', 'delivered', 'sent'])).toBe('delivered');
    expect(ends(['bounced', 'sent'])).toBe('refused');
    expect(ends(['sent', 'bounced'])).toBe('refused');
  });
});
