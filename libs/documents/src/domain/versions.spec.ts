import { describe, expect, it } from '@jest/globals';
import type { DeliveryState } from './delivery.js';
import { stopped, turnAfter, turnOfWithdrawal, type Sending } from './versions.js';

const receipt = { entryUuid: 'urn:uuid:018f4e10-0000-7000-8000-000000000041' };
const sending = (state: DeliveryState, details: Partial<Sending> = {}): Sending => ({
  uniqueId: '1.2.3.1',
  state,
  claimed: false,
  receipt: null,
  withdrawal: undefined,
  ...details,
});
const delivered = sending('delivered', { claimed: true, receipt });
const plain = { kind: 'goes', operation: 'send', predecessor: null };

describe('the turn of a version', () => {
  it('is to be sent when there is none before', () => {
    expect(turnAfter([])).toEqual(plain);
  });

  it.each<DeliveryState>(['sent', 'delivered'])('is to replace what was %s', (state) => {
    expect(turnAfter([{ ...delivered, state }])).toEqual({
      kind: 'goes',
      operation: 'replace',
      predecessor: { uniqueId: '1.2.3.1', receipt },
    });
  });

  it.each<DeliveryState>(['held', 'pending', 'parked', 'refused', 'cancelled', 'not-applicable'])(
    'is to be sent when the one before is %s and never left',
    (state) => {
      expect(turnAfter([sending(state)])).toEqual(plain);
    },
  );

  it('looks past what never left to what did', () => {
    expect(turnAfter([sending('held'), sending('refused'), delivered])).toMatchObject({ operation: 'replace' });
  });

  it.each([
    ['pending', 'PREVIOUS_VERSION_IN_PROGRESS'],
    ['parked', 'PREVIOUS_VERSION_PARKED'],
  ] as const)('waits while the one before is %s and may have left', (state, reason) => {
    expect(turnAfter([sending(state, { claimed: true }), delivered])).toEqual({ kind: 'waits', reason });
  });

  it('is to replace what was given up in doubt', () => {
    expect(turnAfter([sending('cancelled', { claimed: true })])).toMatchObject({
      operation: 'replace',
      predecessor: { uniqueId: '1.2.3.1', receipt: null },
    });
  });

  it.each([
    ['delivered', plain],
    ['pending', { kind: 'waits', reason: 'PREVIOUS_VERSION_IN_PROGRESS' }],
    ['parked', { kind: 'waits', reason: 'PREVIOUS_VERSION_PARKED' }],
  ] as const)('follows the withdrawal of the one before, which is %s', (withdrawal, turn) => {
    expect(turnAfter([{ ...delivered, withdrawal }])).toEqual(turn);
  });
});

describe('the turn of a version that may be leaving', () => {
  it('does not wait for a withdrawal of the one before that waits for it', () => {
    const before = { ...delivered, withdrawal: 'held' } as const;
    expect(turnAfter([before], true)).toMatchObject({ kind: 'goes', operation: 'replace' });
    expect(turnAfter([before])).toMatchObject({ kind: 'waits' });
  });
});

describe('the turn of a withdrawal', () => {
  it('is to withdraw what left', () => {
    expect(turnOfWithdrawal(delivered, [])).toEqual({
      kind: 'goes',
      operation: 'withdraw',
      predecessor: { uniqueId: '1.2.3.1', receipt },
    });
  });

  it('waits for what may be leaving', () => {
    expect(turnOfWithdrawal(sending('pending', { claimed: true }), [])).toMatchObject({ kind: 'waits' });
  });

  it.each<DeliveryState>(['refused', 'cancelled', 'not-applicable', 'held'])('is pointless when it is %s', (state) => {
    expect(turnOfWithdrawal(sending(state), [])).toEqual({ kind: 'pointless', reason: 'NOTHING_TO_WITHDRAW' });
  });

  it.each([
    ['pending', 'NEXT_VERSION_IN_PROGRESS'],
    ['parked', 'NEXT_VERSION_PARKED'],
  ] as const)('waits for a later version that is %s and may have left', (state, reason) => {
    expect(turnOfWithdrawal(delivered, [sending(state, { claimed: true })])).toEqual({ kind: 'waits', reason });
  });

  it('is pointless when a later version took its place', () => {
    expect(turnOfWithdrawal(delivered, [sending('sent')])).toEqual({ kind: 'pointless', reason: 'REPLACED_SINCE' });
  });
});

describe('a delivery that has not left', () => {
  const held = { state: 'held', claimed: false, operation: 'send' } as const;

  it('is stopped when its document is withdrawn or has a later version', () => {
    expect(stopped(held, { withdrawn: true, superseded: true })?.reasons[0]?.code).toBe('WITHDRAWN');
    expect(stopped(held, { withdrawn: false, superseded: true })?.reasons[0]?.code).toBe('SUPERSEDED');
    expect(stopped(held, { withdrawn: false, superseded: false })).toBeUndefined();
  });

  it('goes on when a gateway may be sending it', () => {
    expect(
      stopped({ ...held, state: 'pending', claimed: true }, { withdrawn: true, superseded: true }),
    ).toBeUndefined();
  });

  it('goes on when it is itself a withdrawal', () => {
    expect(stopped({ ...held, operation: 'withdraw' }, { withdrawn: true, superseded: true })).toBeUndefined();
  });
});
