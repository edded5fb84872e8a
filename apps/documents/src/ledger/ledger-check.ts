import { documentState } from '@pfi/documents-core';
import type { Database, Tx } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import { meter, type Logger } from '@pfi/platform-telemetry';
import type { LedgerFault, LedgerRepository, NewFault, Standing } from '../persistence/ledger.repository.js';
import { balanceOf, type LedgerDay } from './balance.js';

/** Documents of one run: the newest ones each time, the others in their turn. */
const NEWEST = 1_000;
const WALKED = 4_000;

/** What these scopes see of the ledger. */
export interface Ledger {
  readonly days: readonly LedgerDay[];
  readonly faults: readonly LedgerFault[];
  readonly checkedAt: Date | null;
  /** Units of the days that are missing or too many, and faults. */
  readonly imbalance: number;
}

/**
 * The reconciliation of each minute (invariant I12). The sums of all days are always current; beside them single documents are
 * held against their deliveries, the newest at each run and all of them in the course of time, and gateways report requests that
 * they do not know. `pfi_ledger_imbalance` is told by the instance that did the last check, as long as that is recent.
 */
export class LedgerCheck {
  #last: { readonly at: number; readonly imbalances: ReadonlyMap<string, number> } | undefined;

  constructor(
    private readonly ght: Ght,
    private readonly database: Database,
    private readonly repository: LedgerRepository,
    private readonly logger: Logger,
  ) {
    meter('pfi-documents')
      .createObservableGauge('pfi_ledger_imbalance', {
        description:
          'Received messages that are not accounted for, and documents or requests that stand wrong; must be 0',
      })
      .addCallback((result) => {
        const { at, imbalances } = this.#last ?? { at: -Infinity, imbalances: new Map<string, number>() };
        if (performance.now() - at > 3 * this.everyMs) return;
        for (const [owner, imbalance] of imbalances) result.observe(imbalance, { owner });
      });
  }

  get everyMs(): number {
    return this.ght.file.delays.ledger.every;
  }

  /** Returns the imbalance of each legal entity. */
  async run(): Promise<ReadonlyMap<string, number>> {
    const owners = this.ght.owners().filter((owner) => owner.startsWith('ej:'));
    const ledger = await this.database.transaction([...this.ght.expandScopes(['ght'])], async (tx) => {
      await this.repository.fold(tx);
      await this.visit(tx, owners);
      await this.repository.forgetEnded(tx);
      return this.read(tx, null, null);
    });
    const imbalances = new Map(owners.map((owner) => [owner, imbalanceOf(owner, ledger)]));
    this.#last = { at: performance.now(), imbalances };
    for (const [owner, imbalance] of imbalances)
      if (imbalance !== 0) this.logger.error({ code: 'LEDGER_IMBALANCE', owner, imbalance }, 'the ledger is not even');
    return imbalances;
  }

  /** Days `YYYY-MM-DD`, inclusive; null is without limit. */
  async read(tx: Tx, from: string | null, to: string | null): Promise<Ledger> {
    const days = balanceOf(await this.repository.entries(tx, from, to));
    const faults = await this.repository.faults(tx);
    return {
      days,
      faults,
      checkedAt: await this.repository.lastCheck(tx),
      imbalance: days.reduce((sum, day) => sum + Math.abs(day.imbalance), faults.length),
    };
  }

  private async visit(tx: Tx, owners: readonly string[]): Promise<void> {
    const { ids, walkedTo } = await this.repository.toVisit(tx, { newest: NEWEST, walked: WALKED });
    const found = (await this.repository.standings(tx, ids)).flatMap(faultsOf);
    await this.repository.judged(tx, 'document', ids, found);
    await this.repository.checked(tx, owners, walkedTo);
  }
}

function faultsOf({ state, withdrawn, abandoned, deliveries, documents }: Standing): NewFault[] {
  const code =
    deliveries.length === 0
      ? 'DELIVERIES_MISSING'
      : state !== documentState(deliveries, { withdrawn, abandoned })
        ? 'STATE_CONTRADICTED'
        : undefined;
  return code === undefined ? [] : documents.map(({ id, owner }) => ({ kind: 'document', id, owner, code }));
}

const imbalanceOf = (owner: string, { days, faults }: Ledger): number =>
  days.reduce((sum, day) => (day.owner === owner ? sum + Math.abs(day.imbalance) : sum), 0) +
  faults.filter((fault) => fault.owner === owner).length;
