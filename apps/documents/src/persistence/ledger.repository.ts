import type { DeliveryState, DocumentState } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';
import type { LedgerEntry } from '../ledger/balance.js';

/** An accepted message that made no document of its own. */
export interface MessageEffect {
  readonly messageId: string;
  readonly owner: string;
  readonly kind: 'repeat' | 'withdrawal';
  readonly documentId: string;
  readonly receivedAt: Date;
}

/** Documents that stand alike: their own state beside those of their deliveries. */
export interface Standing {
  readonly state: DocumentState;
  readonly withdrawn: boolean;
  readonly abandoned: boolean;
  readonly deliveries: readonly DeliveryState[];
  readonly documents: readonly { readonly id: string; readonly owner: string }[];
}

/** `document`: its state is not that of its deliveries. `delivery`: asked of a gateway that does not work at it. */
export interface LedgerFault {
  readonly kind: 'document' | 'delivery';
  readonly id: string;
  readonly owner: string;
  readonly code: string;
  readonly since: Date;
}

export type NewFault = Omit<LedgerFault, 'since'>;

/** A request that a gateway should know of by now. */
export interface InFlight {
  readonly deliveryId: string;
  readonly request: number;
  readonly owner: string;
}

/** What the ledger is drawn from; always inside the caller's transaction and its scopes. */
export class LedgerRepository {
  async addEffects(tx: Tx, effects: readonly MessageEffect[]): Promise<void> {
    if (effects.length === 0) return;
    await tx.query(
      `INSERT INTO message_effect (message_id, owner, kind, document_id, received_at)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[])`,
      [
        effects.map((e) => e.messageId),
        effects.map((e) => e.owner),
        effects.map((e) => e.kind),
        effects.map((e) => e.documentId),
        effects.map((e) => e.receivedAt),
      ],
    );
  }

  /** Units by owner, day and entry, those of this instant included. Days `YYYY-MM-DD`, inclusive; null is without limit. */
  async entries(tx: Tx, from: string | null, to: string | null): Promise<LedgerEntry[]> {
    const within = `WHERE ($1::date IS NULL OR day >= $1) AND ($2::date IS NULL OR day <= $2)`;
    return tx.query<LedgerEntry>(
      `SELECT owner, day::text AS day, entry, sum(units)::bigint AS units FROM (
         SELECT owner, day, entry, units FROM ledger_day ${within}
         UNION ALL SELECT owner, day, entry, units FROM ledger_change ${within}) AS units
       GROUP BY 1, 2, 3 HAVING sum(units) <> 0`,
      [from, to],
    );
  }

  /** Adds the changes up. */
  async fold(tx: Tx): Promise<void> {
    await tx.query(
      `WITH taken AS (DELETE FROM ledger_change RETURNING owner, day, entry, units)
       INSERT INTO ledger_day AS sums (owner, day, entry, units)
       SELECT owner, day, entry, sum(units) FROM taken GROUP BY owner, day, entry ORDER BY owner, day, entry
       ON CONFLICT (owner, day, entry) DO UPDATE SET units = sums.units + excluded.units`,
      [],
    );
  }

  /** The newest documents, the next ones of a walk from the newest to the oldest, and those that were wrong before. */
  async toVisit(
    tx: Tx,
    { newest, walked }: { readonly newest: number; readonly walked: number },
  ): Promise<{ readonly ids: readonly string[]; readonly walkedTo: string | null }> {
    const ids = async (sql: string, values: readonly unknown[]) =>
      (await tx.query<{ id: string }>(sql, values)).map(({ id }) => id);
    const [last] = await tx.query<{ at: string | null }>(
      `SELECT walked_to AS at FROM ledger_check ORDER BY checked_at DESC LIMIT 1`,
      [],
    );
    const next = await ids(`SELECT id FROM document WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`, [
      last?.at ?? null,
      walked,
    ]);
    const others = await ids(
      `(SELECT id FROM document ORDER BY id DESC LIMIT $1) UNION SELECT subject FROM ledger_fault WHERE kind = 'document'`,
      [newest],
    );
    return { ids: [...new Set([...next, ...others])], walkedTo: next.length < walked ? null : (next.at(-1) ?? null) };
  }

  async standings(tx: Tx, documentIds: readonly string[]): Promise<Standing[]> {
    return tx.query<Standing & Record<string, unknown>>(
      `SELECT state, withdrawn, abandoned, deliveries, jsonb_agg(jsonb_build_object('id', id, 'owner', owner)) AS documents
       FROM (SELECT f.id, f.owner, f.state, f.withdrawn_at IS NOT NULL AS withdrawn, f.abandoned_at IS NOT NULL AS abandoned,
               ARRAY(SELECT DISTINCT d.state FROM delivery d WHERE d.document_id = f.id ORDER BY 1) AS deliveries
             FROM document f WHERE f.id = ANY($1::uuid[])) AS each
       GROUP BY 1, 2, 3, 4`,
      [documentIds],
    );
  }

  async checked(tx: Tx, owners: readonly string[], walkedTo: string | null): Promise<void> {
    await tx.query(
      `INSERT INTO ledger_check (owner, walked_to, checked_at) SELECT owner, $2, now() FROM unnest($1::text[]) AS o (owner)
       ON CONFLICT (owner) DO UPDATE SET walked_to = excluded.walked_to, checked_at = excluded.checked_at`,
      [owners, walkedTo],
    );
  }

  /** When the part of the ledger that these scopes see was last looked at. */
  async lastCheck(tx: Tx): Promise<Date | null> {
    const [row] = await tx.query<{ at: Date | null }>(`SELECT min(checked_at) AS at FROM ledger_check`, []);
    return row?.at ?? null;
  }

  /** Replaces what was known of these subjects. One that was wrong before and still is keeps its age. */
  async judged(
    tx: Tx,
    kind: LedgerFault['kind'],
    subjects: readonly string[],
    found: readonly NewFault[],
  ): Promise<void> {
    if (subjects.length === 0) return;
    await tx.query(
      `DELETE FROM ledger_fault WHERE kind = $1 AND subject = ANY($2::uuid[]) AND NOT subject = ANY($3::uuid[])`,
      [kind, subjects, found.map(({ id }) => id)],
    );
    if (found.length === 0) return;
    await tx.query(
      `INSERT INTO ledger_fault AS known (kind, subject, owner, code) SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[])
       ON CONFLICT (kind, subject) DO UPDATE SET code = excluded.code`,
      [kind, found.map(({ id }) => id), found.map(({ owner }) => owner), found.map(({ code }) => code)],
    );
  }

  /** What came to an end by itself is no fault any more. */
  async forgetEnded(tx: Tx): Promise<void> {
    await tx.query(
      `DELETE FROM ledger_fault f WHERE kind = 'delivery'
         AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = f.subject AND d.state = 'pending')`,
      [],
    );
  }

  async faults(tx: Tx): Promise<LedgerFault[]> {
    return tx.query<LedgerFault & Record<string, unknown>>(
      `SELECT kind, subject AS id, owner, code, since FROM ledger_fault ORDER BY since, subject LIMIT 500`,
      [],
    );
  }

  /**
   * Requests that are older than `before` and have left this service, in id order. The state is named twice so that the index of
   * open deliveries answers.
   */
  async inFlight(
    tx: Tx,
    channels: readonly string[],
    before: Date,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<InFlight[]> {
    return tx.query<InFlight & Record<string, unknown>>(
      `SELECT d.id AS "deliveryId", d.request, d.owner FROM delivery d JOIN document f ON f.id = d.document_id
       WHERE d.state IN ('held', 'pending') AND d.state = 'pending' AND d.channel = ANY($1::text[]) AND d.at < $2
         AND ($3::uuid IS NULL OR d.id > $3)
         AND NOT EXISTS (SELECT FROM outbox o WHERE o.published_at IS NULL AND o.owner = d.owner AND o.aggregate = f.lineage_id::text)
       ORDER BY d.id LIMIT $4`,
      [channels, before, page.after, page.limit],
    );
  }

  async ownersOf(tx: Tx, deliveryIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await tx.query<{ id: string; owner: string }>(
      `SELECT id, owner FROM delivery WHERE id = ANY($1::uuid[])`,
      [deliveryIds],
    );
    return new Map(rows.map(({ id, owner }) => [id, owner]));
  }
}
