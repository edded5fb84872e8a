import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CurrentPrincipal, Roles, type Principal } from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';
import type { LedgerDay } from '../ledger/balance.js';
import { LedgerCheck } from '../ledger/ledger-check.js';

const querySchema = z.strictObject({ from: z.iso.date(), to: z.iso.date() });

interface LedgerView {
  readonly from: string;
  readonly to: string;
  /** When single documents and requests were last looked at; the days are those of this instant. */
  readonly checkedAt: string | null;
  readonly imbalance: number;
  readonly items: readonly LedgerDay[];
  readonly faults: readonly {
    readonly kind: 'document' | 'delivery';
    readonly id: string;
    readonly owner: string;
    readonly code: string;
    readonly text: string;
    readonly since: string;
  }[];
  readonly next: null;
}

/** What was received against what became of it, by legal entity and day (Europe/Paris, both inclusive). */
@Controller('api/documents/v1/ledger')
export class LedgerController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(LedgerCheck) private readonly check: LedgerCheck,
  ) {}

  @Get()
  @Roles('reader', 'operator')
  async read(
    @Query({ schema: querySchema }) { from, to }: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<LedgerView> {
    const { days, faults, checkedAt, imbalance } = await this.database.transaction(principal.scopes, (tx) =>
      this.check.read(tx, from, to),
    );
    return {
      from,
      to,
      checkedAt: checkedAt?.toISOString() ?? null,
      imbalance,
      items: days,
      faults: faults.map((fault) => ({ ...fault, text: texts[fault.code] ?? '', since: fault.since.toISOString() })),
      next: null,
    };
  }
}

const texts: Readonly<Record<string, string>> = {
  DELIVERIES_MISSING: 'Le document n’a aucun envoi : le rejouer, ou le redéposer depuis sa source.',
  STATE_CONTRADICTED:
    'L’état du document n’est pas celui de ses envois : le signaler au support, avec son identifiant.',
  REQUEST_UNKNOWN: 'L’envoi demandé n’est pas connu de la passerelle : republier les documents, puis vérifier la file.',
  WORK_MISSING: 'La passerelle connaît l’envoi mais n’y travaille plus : rejouer le document.',
  OUTCOME_MISSING: 'La passerelle a terminé l’envoi mais son résultat n’est pas revenu : republier ses résultats.',
};
