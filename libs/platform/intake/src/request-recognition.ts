import type { Tx } from '@pfi/platform-postgres';

/** What makes two requests of a REST door the same one (reliability rules §4). */
export interface RequestKey {
  readonly source: string;
  /** `Idempotency-Key`; without one, the same content within a day is the same request. */
  readonly key: string | undefined;
  readonly sha256: Buffer;
  readonly receivedAt: Date;
}

export type RecognisedRequest =
  /** `rejected`: id of the journal entry under which the same request was refused before. */
  | { readonly kind: 'new'; readonly rejected?: string }
  | { readonly kind: 'repeated'; readonly answer: Buffer }
  /** The key was accepted with another content. */
  | { readonly kind: 'reused' };

const WITHOUT_KEY_MS = 24 * 60 * 60 * 1_000;

interface Row {
  readonly id: string;
  readonly outcome: string;
  readonly answer: Buffer;
  readonly sha256: Buffer;
}

/**
 * Was this request accepted before? Waits for another transaction that is deciding on the same one. A refusal is no answer to
 * keep: what was wrong may have been mended since, so the request is judged again.
 */
export async function recogniseRequest(tx: Tx, request: RequestKey): Promise<RecognisedRequest> {
  const { source, key, sha256, receivedAt } = request;
  const name = `request\n${source}\n${key ?? sha256.toString('hex')}`;
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
  const rows =
    key === undefined
      ? await tx.query<Row>(
          `SELECT id, outcome, answer, sha256 FROM message
           WHERE sha256 = $1 AND source = $2 AND transport = 'rest' AND outcome = 'accepted' AND received_at > $3
           ORDER BY received_at DESC LIMIT 1`,
          [sha256, source, new Date(receivedAt.getTime() - WITHOUT_KEY_MS)],
        )
      : await tx.query<Row>(
          `SELECT id, outcome, answer, sha256 FROM message WHERE source = $1 AND control_id = $2 AND transport = 'rest'`,
          [source, key],
        );
  const accepted = rows.find((row) => row.outcome === 'accepted');
  const same = rows.find((row) => row.sha256.equals(sha256));
  if (accepted) return same === accepted ? { kind: 'repeated', answer: accepted.answer } : { kind: 'reused' };
  return same ? { kind: 'new', rejected: same.id } : { kind: 'new' };
}
