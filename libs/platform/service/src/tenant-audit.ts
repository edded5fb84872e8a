import { meter, type Logger } from '@pfi/platform-telemetry';
import type { Database, Tx } from '@pfi/platform-postgres';
import { recordAccess, type Reader } from './access/access-record.js';

const crossings = meter('pfi.audit').createCounter('pfi_audit_cross_tenant', {
  description: 'Requests for something of another owner, answered as unknown',
});

/** What somebody asked for, and did not find under their own scopes. */
export interface Sought {
  /** As in the access trail: `document-content`. */
  readonly action: string;
  readonly kind: 'document' | 'patient' | 'submission' | 'message' | 'perimeter';
  readonly id: string;
}

/**
 * Somebody who asks for what another owner holds is told that it does not exist; that owner is told that they asked (CROSS_TENANT in
 * the access trail and in the log, and a counter).
 */
export class TenantAudit {
  constructor(
    private readonly database: Database,
    /** Every owner of the group. */
    private readonly owners: () => readonly string[],
    private readonly logger: Logger,
  ) {}

  /** `find` gives the owner of what is sought, whoever that is; undefined when it exists nowhere. */
  async missed(reader: Reader, sought: Sought, find: (tx: Tx) => Promise<string | undefined>): Promise<void> {
    const { action, kind, id } = sought;
    const crossed = await this.database.transaction([...this.owners()], async (tx) => {
      const owner = await find(tx);
      if (owner === undefined) return false;
      const accessed = {
        owner,
        ...(kind === 'patient' ? { patientId: id } : {}),
        ...(kind === 'document' ? { documentId: id } : {}),
      };
      const details = kind === 'patient' || kind === 'document' ? [] : [`${kind}:${id}`];
      await recordAccess(tx, reader, { action, outcome: 'CROSS_TENANT', accessed: [accessed], details });
      return true;
    });
    if (!crossed) return;
    crossings.add(1, { kind });
    this.logger.warn(
      { code: 'CROSS_TENANT', subject: reader.subject, kind, id },
      'request for something of another owner',
    );
  }
}
