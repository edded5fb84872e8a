import { Controller, Get, Inject, Query } from '@nestjs/common';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { listRejects, type Reject } from '@pfi/platform-intake';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';

const querySchema = z.strictObject({
  source: z.string().max(200).optional(),
  controlId: z.string().max(200).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Messages that were refused: they created no document, their bytes are kept. */
@Controller('api/documents/v1/rejects')
export class RejectsController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get()
  @Roles('reader', 'operator')
  async list(
    @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Reject>> {
    const { cursor, limit, source, controlId } = query;
    const after = rowPosition(cursor);
    const filter = { limit: limit + 1, ...(source ? { source } : {}), ...(controlId ? { controlId } : {}), ...(after ? { after } : {}) };
    const rows = await this.database.transaction(principal.scopes, (tx) => listRejects(tx, filter));
    return pageOf(rows, limit, ({ receivedAt, id }) => ({ at: receivedAt, id }));
  }
}
