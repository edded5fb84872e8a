import { Controller, Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { recordAccess } from '@pfi/platform-service';
import { Database } from '@pfi/platform-postgres';
import { z } from 'zod';
import { InsiRepository, type InsiCallView } from '../persistence/insi.repository.js';

const querySchema = z.strictObject({
  patient: z.uuid().optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** The call log of the INSi teleservice, and what it proposes where the sources decide. */
@Controller('api/identity/v1')
export class InsiController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(InsiRepository) private readonly repository: InsiRepository,
  ) {}

  @Get('insi-calls')
  @Roles('identity-vigilance', 'admin')
  async calls(
    @Query({ schema: querySchema }) { cursor, limit, patient }: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<InsiCallView>> {
    const after = rowPosition(cursor);
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      this.repository.calls(tx, { patient, after, limit: limit + 1 }),
    );
    return pageOf(rows, limit, ({ at, id }) => ({ at, id }));
  }

  @Get('patients/:id/insi-proposal')
  @Roles('identity-vigilance')
  async proposal(@Param('id', ParseUUIDPipe) id: string, @CurrentPrincipal() principal: Principal) {
    const proposal = await this.database.transaction(principal.scopes, async (tx) => {
      const found = await this.repository.proposalOf(tx, id);
      const accessed = found && [{ owner: found.owner, patientId: id }];
      if (accessed) await recordAccess(tx, principal, { action: 'insi-proposal-read', accessed });
      return found;
    });
    if (!proposal)
      throw new PfiError('PROPOSAL_UNKNOWN', 'not-found', 'Le téléservice INSi n’a rien proposé pour cette identité.');
    return { ins: proposal.ins, traits: proposal.traits, at: proposal.at.toISOString() };
  }
}
