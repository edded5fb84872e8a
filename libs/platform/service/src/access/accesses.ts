import type { RowPosition } from '@pfi/platform-http';
import type { Tx } from '@pfi/platform-postgres';

/** An access as the API shows it. */
export interface AccessView {
  readonly id: string;
  /** ISO 8601 instant, microseconds. */
  readonly at: string;
  readonly owner: string;
  readonly subject: string;
  readonly issuer: string;
  readonly machine: boolean;
  readonly action: string;
  readonly patients: readonly string[];
  readonly documents: readonly string[];
  readonly outcome: string;
  readonly purpose: string | null;
  readonly details: readonly string[];
  /** Is it under the chain yet? */
  readonly sealed: boolean;
}

export interface AccessFilter {
  readonly patient?: string | undefined;
  readonly document?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** Accesses that the transaction's scopes may see, newest first. Only the conditions that are set enter the statement. */
export async function listAccesses(
  tx: Tx,
  filter: AccessFilter,
  page: { readonly after?: RowPosition | undefined; readonly limit: number },
): Promise<AccessView[]> {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (sql: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(sql.replaceAll('?', `$${values.length}`));
  };
  // No index on an array can be used under row-level security: the sealed segments that hold the id, and what is not sealed yet.
  const holds = (column: string): string =>
    `? = ANY(${column}) AND (segment IS NULL OR (owner, segment) IN (SELECT owner, segment FROM access_subject WHERE subject = ?))`;
  where(holds('patients'), filter.patient);
  where(holds('documents'), filter.document);
  where('subject = ?', filter.subject);
  where('at >= ?::timestamptz', filter.from);
  where('at < ?::timestamptz', filter.to);
  if (page.after) {
    values.push(page.after.at, page.after.id);
    conditions.push(`(at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  values.push(page.limit);
  return tx.query<AccessView>(
    `SELECT id, to_char(at AT TIME ZONE 'UTC', ${INSTANT}) AS at, owner, subject, issuer, machine, action, patients::text[] AS patients,
            documents::text[] AS documents, outcome, purpose, details, segment IS NOT NULL AS sealed
     FROM access_record ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY access_record.at DESC, id DESC LIMIT $${values.length}`,
    values,
  );
}
