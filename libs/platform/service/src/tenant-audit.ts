import { meter, type Logger } from '@pfi/platform-telemetry';
import type { Database, Tx } from '@pfi/platform-postgres';

const crossings = meter('pfi.audit').createCounter('pfi_audit_cross_tenant', {
  description: 'Requests for something of another owner, answered as unknown',
});

/**
 * Somebody who asks for what another owner holds is told that it does not exist; the group is told that they asked
 * (code CROSS_TENANT in the log, with subject and id, and a counter).
 */
export class TenantAudit {
  constructor(
    private readonly database: Database,
    /** Every owner of the group. */
    private readonly owners: () => readonly string[],
    private readonly logger: Logger,
  ) {}

  /** To be called when `id` was not found under the caller's own scopes. */
  async missed(
    subject: string,
    kind: 'document' | 'patient' | 'submission' | 'message' | 'perimeter',
    id: string,
    find: (tx: Tx) => Promise<unknown>,
  ): Promise<void> {
    const found = await this.database.transaction([...this.owners()], find);
    if (found === undefined || found === null) return;
    crossings.add(1, { kind });
    this.logger.warn({ code: 'CROSS_TENANT', subject, kind, id }, 'request for something of another owner');
  }
}
