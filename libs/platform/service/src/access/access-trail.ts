import type { RowPosition } from '@pfi/platform-http';
import type { Database } from '@pfi/platform-postgres';
import { verifyAccessTrail, type OwnerVerification } from './access-verification.js';
import { listAccesses, type AccessFilter, type AccessView } from './accesses.js';

/** The access trail as administrators read it, inside their scopes. */
export class AccessTrail {
  constructor(private readonly database: Database) {}

  list(
    scopes: readonly string[],
    filter: AccessFilter,
    page: { readonly after?: RowPosition | undefined; readonly limit: number },
  ): Promise<AccessView[]> {
    return this.database.transaction(scopes, (tx) => listAccesses(tx, filter, page));
  }

  /** Segments whose last record is of `since` (ISO 8601 instant) or later. */
  verify(scopes: readonly string[], since: string): Promise<OwnerVerification[]> {
    return verifyAccessTrail(this.database, scopes, since);
  }
}
