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
  const place = (value: unknown): string => `$${values.push(value)}`;
  const where = (sql: string, value: unknown): string[] =>
    value === undefined ? [] : [sql.replaceAll('?', place(value))];
  const conditions = [
    ...where('? = ANY(r.patients)', filter.patient),
    ...where('? = ANY(r.documents)', filter.document),
    ...where('r.subject = ?', filter.subject),
    ...where('r.at >= ?::timestamptz', filter.from),
    ...where('r.at < ?::timestamptz', filter.to),
    // Said twice: beside the bound of a period, an index does not begin at a pair.
    ...where('r.at <= ?::timestamptz', page.after?.at),
    ...(page.after ? [`(r.at, r.id) < (${place(page.after.at)}::timestamptz, ${place(page.after.id)}::uuid)`] : []),
  ];
  const newest = `ORDER BY r.at DESC, r.id DESC LIMIT ${place(page.limit)}`;
  const about = filter.patient ?? filter.document;
  const rows =
    about === undefined
      ? ofEachOwner(place(tx.scopes), conditions, newest)
      : `SELECT * FROM (${holding(place(about))}) AS r WHERE ${conditions.join(' AND ')}`;
  return tx.query<AccessView>(
    `SELECT r.id, to_char(r.at AT TIME ZONE 'UTC', ${INSTANT}) AS at, r.owner, r.subject, r.issuer, r.machine, r.action,
            r.patients::text[] AS patients, r.documents::text[] AS documents, r.outcome, r.purpose, r.details,
            r.segment IS NOT NULL AS sealed
     FROM (${rows}) AS r ${newest}`,
    values,
  );
}

/** The newest of each owner, whatever the others hold: row-level security hides rows, it does not find them. */
const ofEachOwner = (scopes: string, conditions: readonly string[], newest: string): string =>
  `SELECT each.* FROM unnest(${scopes}::text[]) AS scope (key) CROSS JOIN LATERAL (
     SELECT r.* FROM access_record r WHERE ${['r.owner = scope.key', ...conditions].join(' AND ')} ${newest}) AS each`;

/**
 * Those of the sealed segments that hold a patient or a document, and what is not sealed yet: no index on an array can be used under
 * row-level security.
 */
const holding = (subject: string): string =>
  `SELECT s.* FROM access_subject o JOIN access_record s ON s.segment = o.segment AND s.owner = o.owner WHERE o.subject = ${subject}
   UNION ALL SELECT * FROM access_record WHERE segment IS NULL`;
