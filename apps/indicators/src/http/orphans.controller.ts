import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';
import { listOrphans, type OrphanRow } from '../persistence/rates.js';
import { Perimeters } from './perimeters.js';

const querySchema = z.strictObject({
  perimeter: z.string().max(63).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const reasons = {
  STAY_NOT_GIVEN: 'Le document ne porte aucun numéro de séjour (PV1-19 ou PID-18) : corriger l’application émettrice.',
  STAY_UNKNOWN: 'Aucun mouvement ne connaît ce numéro de séjour : vérifier les flux de la GAM.',
} as const;

const view = ({ authority, number, receivedAt, ...row }: OrphanRow) => {
  const code = number === null ? ('STAY_NOT_GIVEN' as const) : ('STAY_UNKNOWN' as const);
  return {
    ...row,
    stay: number === null ? null : { authority, number },
    receivedAt: receivedAt.toISOString(),
    reason: { code, text: reasons[code] },
  };
};

/** Documents that count for no stay: listed, never dropped. */
@Controller('api/indicators/v1/orphans')
export class OrphansController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Perimeters) private readonly perimeters: Perimeters,
  ) {}

  @Get()
  @Roles('reader', 'operator', 'identity-vigilance', 'admin')
  async list(
    @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ReturnType<typeof view>>> {
    const after = rowPosition(query.cursor);
    const { establishments } = await this.perimeters.resolve(principal, query.perimeter);
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      listOrphans(tx, { establishments, after, limit: query.limit + 1 }),
    );
    const page = pageOf(rows, query.limit, (row) => ({ at: row.receivedAt.toISOString(), id: row.documentId }));
    return { items: page.items.map(view), next: page.next };
  }
}
