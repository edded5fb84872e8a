import { Controller, Get, Inject, Query, type Type } from '@nestjs/common';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';
import { listRejects, type Reject } from './rejects.js';

const querySchema = z.strictObject({
  source: z.string().max(200).optional(),
  controlId: z.string().max(200).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** `GET <path>`: messages that were refused. They had no effect, their bytes are kept. */
export function rejectsController(path: string): Type {
  @Controller(path)
  class RejectsController {
    constructor(@Inject(Database) private readonly database: Database) {}

    @Get()
    @Roles('reader', 'operator', 'identity-vigilance')
    async list(
      @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
      @CurrentPrincipal() principal: Principal,
    ): Promise<Page<Reject>> {
      const { cursor, limit, source, controlId } = query;
      const filter = { limit: limit + 1, after: rowPosition(cursor), source, controlId };
      const rows = await this.database.transaction(principal.scopes, (tx) => listRejects(tx, filter));
      return pageOf(rows, limit, ({ receivedAt, id }) => ({ at: receivedAt, id }));
    }
  }
  return RejectsController;
}
