import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRecord } from '../deliveries/records.js';
import { toDocument, type Row } from './columns.js';

export interface DocumentFilter {
  readonly source?: string | undefined;
  readonly controlId?: string | undefined;
  readonly documentId?: string | undefined;
  readonly patient?: string | undefined;
  readonly stay?: string | undefined;
  readonly state?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Where the next page starts: after this row, newest first. */
export interface DocumentPosition {
  /** ISO 8601 instant of reception. */
  readonly at: string;
  readonly id: string;
}

/** Documents that the transaction's scopes may see, newest first. Only the conditions that are set enter the statement. */
export async function searchDocuments(
  tx: Tx,
  filter: DocumentFilter,
  page: { readonly after?: DocumentPosition; readonly limit: number },
): Promise<DocumentRecord[]> {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (sql: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(sql.replaceAll('?', `$${values.length}`));
  };
  where('source = ?', filter.source);
  where(`(control_id = ? OR withdrawal ->> 'controlId' = ?)`, filter.controlId);
  where('document_oid = ?', filter.documentId);
  where('patient_id = ?::uuid', filter.patient);
  where('stay_number = ?', filter.stay);
  where('state = ?', filter.state);
  where('received_at >= ?::timestamptz', filter.from);
  where('received_at < ?::timestamptz', filter.to);
  if (page.after) {
    values.push(page.after.at, page.after.id);
    conditions.push(`(received_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  values.push(page.limit);
  const rows = await tx.query<Row>(
    `SELECT * FROM document ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY received_at DESC, id DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map(toDocument);
}

export async function findDocument(tx: Tx, id: string): Promise<DocumentRecord | undefined> {
  const [row] = await tx.query<Row>(`SELECT * FROM document WHERE id = $1`, [id]);
  return row && toDocument(row);
}

/** A version that a later one names. */
export interface ReplacedVersion {
  readonly documentOid: string;
  /** A pure OID; null when the document has none. */
  readonly setOid: string | null;
  readonly version: number;
}

/** By the id of the CDA, or by ours. */
export async function findReplaced(tx: Tx, name: string): Promise<ReplacedVersion | undefined> {
  const [row] = await tx.query<ReplacedVersion & Row>(
    `SELECT document_oid AS "documentOid", CASE WHEN set_oid ~ '^[0-9.]+$' THEN set_oid END AS "setOid", version
     FROM document WHERE document_oid = $1 OR id::text = $1 LIMIT 1`,
    [name],
  );
  return row;
}
