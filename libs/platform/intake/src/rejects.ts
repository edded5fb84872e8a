import type { RowPosition } from '@pfi/platform-http';
import type { Tx } from '@pfi/platform-postgres';
import { rawBytes } from './raw-bytes.js';

/** A refused message as the API shows it; its bytes are read apart. */
export interface Reject {
  readonly id: string;
  readonly receivedAt: string;
  readonly source: string;
  readonly controlId: string;
  readonly messageType: string;
  readonly code: string;
  readonly text: string;
  readonly location: string | null;
  /** bytes */
  readonly size: number;
}

/** Rejects that the transaction's scopes may see, newest first, after a position. */
export async function listRejects(
  tx: Tx,
  filter: {
    readonly source?: string | undefined;
    readonly controlId?: string | undefined;
    readonly after?: RowPosition | undefined;
    readonly limit: number;
  },
): Promise<Reject[]> {
  return tx.query<Reject & Record<string, unknown>>(
    `SELECT id, to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "receivedAt", source,
            control_id AS "controlId", message_type AS "messageType", coalesce(code, '') AS code, coalesce(detail, '') AS text, location, size
     FROM message
     WHERE outcome = 'rejected' AND ($1::text IS NULL OR source = $1) AND ($2::text IS NULL OR control_id = $2)
       AND ($3::timestamptz IS NULL OR (received_at, id) < ($3, $4::uuid))
     ORDER BY received_at DESC, id DESC LIMIT $5`,
    [filter.source ?? null, filter.controlId ?? null, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
  );
}

/** Raw bytes of a reject; undefined when unknown or out of scope. */
export async function rejectBytes(tx: Tx, id: string): Promise<Buffer | undefined> {
  const [reject] = await tx.query(`SELECT FROM message WHERE id = $1 AND outcome = 'rejected'`, [id]);
  return reject && rawBytes(tx, id);
}
