import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CurrentPrincipal, Roles, type Page, type Principal } from '@pfi/platform-http';
import { listRejects, type Reject } from '@pfi/platform-intake';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';
import { pageOf, positionOf } from './time-position.js';

const querySchema = z.strictObject({
  source: z.string().max(200).optional(),
  controlId: z.string().max(200).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Messages that were refused: they changed no identity, their bytes are kept. */
@Controller('api/identity/v1/rejects')
export class RejectsController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get()
  @Roles('reader', 'operator', 'identity-vigilance')
  async list(
    @Query({ schema: querySchema }) { cursor, limit, source, controlId }: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Reject>> {
    const position = positionOf(cursor);
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      listRejects(tx, {
        limit: limit + 1,
        ...(source ? { source } : {}),
        ...(controlId ? { controlId } : {}),
        ...(position ? { after: { receivedAt: position[0], id: position[1] } } : {}),
      }),
    );
    return pageOf(rows, limit, (reject) => [reject.receivedAt, reject.id]);
  }
}
