import { Controller, Get, Inject, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import { CurrentPrincipal, pageOf, Roles, rowPosition, type Page, type Principal } from '@pfi/platform-http';
import { TenantAudit } from '@pfi/platform-service';
import { CircuitBreaker, Database, type CircuitStatus } from '@pfi/platform-postgres';
import { z } from 'zod';
import { SubmissionRepository, type Submission } from '../persistence/submission.repository.js';

const querySchema = z.strictObject({
  state: z.enum(['ready', 'sending', 'unknown', 'accepted', 'refused', 'cancelled', 'parked']).optional(),
  documentId: z.uuid().optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A submission as the API shows it: no matricule, no author. */
const view = (submission: Submission) => ({
  id: submission.deliveryId,
  documentId: submission.documentId,
  lineageId: submission.lineageId,
  legalEntity: submission.owner.slice('ej:'.length),
  establishment: submission.establishment,
  operation: submission.operation,
  state: submission.state,
  attempts: submission.attempts,
  uniqueId: submission.sent?.uniqueId ?? null,
  entryUuid: submission.entryUuid,
  submissionSetId: submission.submissionSetId,
  outcomeCode: submission.outcomeCode,
  outcomeText: submission.outcomeText,
  reconciled: submission.reconciled,
  createdAt: submission.createdAt.toISOString(),
  updatedAt: submission.updatedAt.toISOString(),
});

type SubmissionView = ReturnType<typeof view>;

/** Deposits with their attempts, and the state of the way to the DMP. */
@Controller('api/dmp/v1')
export class SubmissionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SubmissionRepository) private readonly repository: SubmissionRepository,
    @Inject(CircuitBreaker) private readonly breaker: CircuitBreaker,
    @Inject(TenantAudit) private readonly audit: TenantAudit,
  ) {}

  @Get('submissions')
  @Roles('reader', 'operator')
  async list(
    @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<SubmissionView>> {
    const after = rowPosition(query.cursor);
    const rows = await this.database.transaction(principal.scopes, (tx) =>
      this.repository.list(tx, { state: query.state, documentId: query.documentId, limit: query.limit + 1, after }),
    );
    const page = pageOf(rows, query.limit, (submission) => ({
      at: submission.createdAt.toISOString(),
      id: submission.deliveryId,
    }));
    return { items: page.items.map(view), next: page.next };
  }

  @Get('submissions/:id')
  @Roles('reader', 'operator')
  async one(@Param('id', ParseUUIDPipe) id: string, @CurrentPrincipal() principal: Principal): Promise<SubmissionView> {
    const submission = await this.database.transaction(principal.scopes, (tx) => this.repository.find(tx, id));
    if (!submission) {
      const sought = { action: 'submission-read', kind: 'submission', id } as const;
      await this.audit.missed(principal, sought, async (tx) => (await this.repository.find(tx, id))?.owner);
      throw new PfiError(
        'SUBMISSION_UNKNOWN',
        'not-found',
        'Ce dépôt n’existe pas, ou n’est pas dans votre périmètre.',
      );
    }
    return view(submission);
  }

  /** Destinations in trouble, by legal entity; one that never failed is not listed. */
  @Get('destinations')
  @Roles('reader', 'operator')
  async destinations(@CurrentPrincipal() principal: Principal): Promise<Page<CircuitStatus>> {
    const items = await this.database.transaction(principal.scopes, (tx) => this.breaker.list(tx));
    return { items, next: null };
  }
}
