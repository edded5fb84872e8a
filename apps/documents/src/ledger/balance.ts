import type { DocumentState } from '@pfi/documents-core';

/** Units under one name: `received`, a kind of message without a document of its own, or a state of documents. */
export interface LedgerEntry {
  readonly owner: string;
  /** Day of reception, Europe/Paris. */
  readonly day: string;
  readonly entry: string;
  readonly units: number;
}

/** One day of one owner (invariant I12): `received` is the sum of all that follows, and `imbalance` what is missing to it. */
export interface LedgerDay {
  readonly owner: string;
  readonly day: string;
  /** Messages and deposits that were accepted. */
  readonly received: number;
  /** Of these, those that brought a document which was known already. */
  readonly repeats: number;
  /** Of these, those that withdrew a document which was known. */
  readonly withdrawals: number;
  /** Documents, by what became of them. */
  readonly delivered: number;
  readonly refused: number;
  readonly parked: number;
  readonly cancelled: number;
  readonly notApplicable: number;
  readonly inProgress: number;
  /** Positive: messages without a trace of what became of them. Negative: documents that no message brought. */
  readonly imbalance: number;
}

type Term = Exclude<keyof LedgerDay, 'owner' | 'day' | 'received' | 'imbalance'>;

const stateTerms = {
  delivered: 'delivered',
  'partly-delivered': 'delivered',
  refused: 'refused',
  parked: 'parked',
  withdrawn: 'cancelled',
  abandoned: 'cancelled',
  'not-sent': 'notApplicable',
  held: 'inProgress',
  'in-delivery': 'inProgress',
} as const satisfies Record<DocumentState, Term>;

const terms: Readonly<Record<string, Term>> = { ...stateTerms, repeat: 'repeats', withdrawal: 'withdrawals' };

/** The days of these entries, newest first. What stands under a name that is not known counts nowhere, and so shows. */
export function balanceOf(entries: readonly LedgerEntry[]): LedgerDay[] {
  const days = Map.groupBy(entries, ({ owner, day }) => `${day}\n${owner}`);
  return [...days.values()]
    .map((of) => {
      const [{ owner, day }] = of as [LedgerEntry];
      const sum = (fits: (entry: string) => boolean) =>
        of.filter(({ entry }) => fits(entry)).reduce((total, { units }) => total + units, 0);
      const term = (name: Term) => sum((entry) => terms[entry] === name);
      const received = sum((entry) => entry === 'received');
      return {
        owner,
        day,
        received,
        repeats: term('repeats'),
        withdrawals: term('withdrawals'),
        delivered: term('delivered'),
        refused: term('refused'),
        parked: term('parked'),
        cancelled: term('cancelled'),
        notApplicable: term('notApplicable'),
        inProgress: term('inProgress'),
        imbalance: received - sum((entry) => terms[entry] !== undefined),
      };
    })
    .sort((a, b) => b.day.localeCompare(a.day) || a.owner.localeCompare(b.owner));
}
