import { describe, expect, it } from '@jest/globals';
import { balanceOf, type LedgerEntry } from './balance.js';

const day = (units: Readonly<Record<string, number>>, owner = 'ej:1', on = '2026-11-24'): LedgerEntry[] =>
  Object.entries(units).map(([entry, count]) => ({ owner, day: on, entry, units: count }));

describe('the balance of a day', () => {
  it('is even when every message is a document in some state, a repeat or a withdrawal', () => {
    const states = { delivered: 3, 'partly-delivered': 1, refused: 1, parked: 1, withdrawn: 1, abandoned: 1 };
    const [of] = balanceOf(
      day({ received: 14, ...states, 'not-sent': 1, held: 1, 'in-delivery': 1, repeat: 2, withdrawal: 1 }),
    );
    expect(of).toEqual({
      owner: 'ej:1',
      day: '2026-11-24',
      received: 14,
      repeats: 2,
      withdrawals: 1,
      delivered: 4,
      refused: 1,
      parked: 1,
      cancelled: 2,
      notApplicable: 1,
      inProgress: 2,
      imbalance: 0,
    });
  });

  it.each([
    ['a message of which nothing is left', { received: 2, delivered: 1 }, 1],
    ['a document that no message brought', { received: 1, delivered: 2 }, -1],
    ['a document in a state that nobody knows', { received: 1, somewhere: 1 }, 1],
  ])('shows %s', (_what, units, imbalance) => {
    expect(balanceOf(day(units))).toMatchObject([{ imbalance }]);
  });

  it('stands for each owner and day alone: two faults never hide each other', () => {
    const all = [
      ...day({ received: 1 }),
      ...day({ delivered: 1 }, 'ej:2'),
      ...day({ received: 1, held: 1 }, 'ej:1', '2026-11-25'),
    ];
    expect(balanceOf(all).map(({ owner, day: on, imbalance }) => [on, owner, imbalance])).toEqual([
      ['2026-11-25', 'ej:1', 0],
      ['2026-11-24', 'ej:1', 1],
      ['2026-11-24', 'ej:2', -1],
    ]);
  });
});
