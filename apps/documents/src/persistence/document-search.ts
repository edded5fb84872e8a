import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRecord } from '../deliveries/records.js';
import { toDocument, type Row } from './columns.js';
import { Values, visibleDocuments } from './visible-documents.js';

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
  const values = new Values();
  const where = (sql: string, value: unknown): string[] =>
    value === undefined ? [] : [sql.replaceAll('?', values.add(value))];
  const few = [
    ...where(`(control_id = ? OR withdrawal_control = ?)`, filter.controlId),
    ...where('document_oid = ?', filter.documentId),
    ...where('patient_id = ?::uuid', filter.patient),
    ...where('stay_number = ?', filter.stay),
  ];
  const conditions = [
    ...where('source = ?', filter.source),
    ...where('received_at >= ?::timestamptz', filter.from),
    ...where('received_at < ?::timestamptz', filter.to),
    // Said twice: beside the bound of a period, an index does not begin at a pair.
    ...where('received_at <= ?::timestamptz', page.after?.at),
    ...(page.after
      ? [`(received_at, id) < (${values.add(page.after.at)}::timestamptz, ${values.add(page.after.id)}::uuid)`]
      : []),
  ];
  const limit = values.add(page.limit);
  const newest = `ORDER BY received_at DESC, id DESC LIMIT ${limit}`;
  const only = (): string => [...few, ...conditions, ...where('state = ?', filter.state)].join(' AND ');
  const ids = (): string => {
    // A person, a stay, a message have few documents. A source may have many that are not shown, but to somebody of the whole group.
    const ofSource = filter.source !== undefined && tx.scopes.includes('ght');
    if (few.length > 0 || ofSource) return `SELECT id FROM document WHERE ${only()} ${newest}`;
    const states = filter.state === undefined ? undefined : [filter.state];
    return `SELECT id FROM (${visibleDocuments(tx, values, { states, conditions, limit })}) AS seen ${newest}`;
  };
  const rows = await tx.query<Row>(
    `SELECT document.* FROM (${ids()}) AS page JOIN document ON document.id = page.id
     ORDER BY document.received_at DESC, document.id DESC`,
    values.all,
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
