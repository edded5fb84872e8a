import type { VersionClaim } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';
import type { PatientKey } from './identity-read-model.js';

export interface LineageRow {
  readonly id: string;
  readonly owner: string;
}

/** What is already known of the ids that a batch of documents names. */
export interface KnownIds {
  readonly documents: ReadonlyMap<string, KnownDocument>;
  /** Lineages by set id, and by the id of a document that they wait for. */
  readonly sets: ReadonlyMap<string, string>;
  readonly awaited: ReadonlyMap<string, string>;
  /** Versions that each of these lineages holds. */
  readonly versions: ReadonlyMap<string, readonly number[]>;
}

export interface KnownDocument {
  readonly documentId: string;
  readonly lineageId: string;
  readonly contentSha256: string;
  readonly withdrawn: boolean;
}

export interface LineageAlias {
  readonly owner: string;
  readonly kind: 'document' | 'set' | 'parent';
  readonly value: string;
  readonly lineageId: string;
}

/** Lineages, the ids they answer to, and the keys under which documents wait for a patient. */
export class LineageRepository {
  /**
   * Makes what follows wait for other transactions that take the same ids in; to be called before `known`. Without it two copies under two
   * control ids would both find nothing, and one would fail on the unique index.
   */
  lockIds(tx: Tx, owner: string, claims: readonly VersionClaim[]): void {
    const ids = claims.flatMap((claim) => [claim.documentId, claim.setId, claim.parentId]).filter((id) => id !== null);
    const names = [...new Set(ids)].sort().map((id) => `lineage\n${owner}\n${id}`);
    tx.send(
      `SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i) ORDER BY i`,
      [names],
    );
  }

  async known(tx: Tx, owner: string, claims: readonly VersionClaim[]): Promise<KnownIds> {
    const documentsKnown = tx.query<{
      id: string;
      document_oid: string;
      lineage_id: string;
      content_sha256: string;
      withdrawn: boolean;
    }>(
      `SELECT id, document_oid, lineage_id, content_sha256, withdrawn_at IS NOT NULL AS withdrawn
       FROM document WHERE owner = $1 AND document_oid = ANY($2::text[])`,
      [owner, claims.flatMap((claim) => [claim.documentId, ...(claim.parentId ? [claim.parentId] : [])])],
    );
    const aliasesKnown = tx.query<{ kind: string; value: string; lineage_id: string }>(
      `SELECT kind, value, lineage_id FROM lineage_alias WHERE owner = $1 AND kind = 'set' AND value = ANY($2::text[])
       UNION ALL
       SELECT kind, value, lineage_id FROM lineage_alias WHERE owner = $1 AND kind = 'parent' AND value = ANY($3::text[])`,
      [owner, claims.flatMap((claim) => claim.setId ?? []), claims.map((claim) => claim.documentId)],
    );
    const [documents, aliases] = await Promise.all([documentsKnown, aliasesKnown]);
    const lineages = [...documents, ...aliases].map((row) => row.lineage_id);
    const named = (kind: string) =>
      new Map(aliases.filter((alias) => alias.kind === kind).map((alias) => [alias.value, alias.lineage_id]));
    return {
      documents: new Map(
        documents.map(({ id, document_oid, lineage_id, content_sha256, withdrawn }) => [
          document_oid,
          { documentId: id, lineageId: lineage_id, contentSha256: content_sha256, withdrawn },
        ]),
      ),
      sets: named('set'),
      awaited: named('parent'),
      versions: await this.versionsOf(tx, [...new Set(lineages)]),
    };
  }

  private async versionsOf(tx: Tx, lineages: readonly string[]): Promise<Map<string, number[]>> {
    if (lineages.length === 0) return new Map();
    const rows = await tx.query<{ lineage_id: string; version: number }>(
      `SELECT lineage_id, version FROM document WHERE lineage_id = ANY($1::uuid[])`,
      [lineages],
    );
    const versions = new Map<string, number[]>();
    for (const { lineage_id: lineage, version } of rows)
      versions.set(lineage, [...(versions.get(lineage) ?? []), version]);
    return versions;
  }

  insert(tx: Tx, lineages: readonly LineageRow[], aliases: readonly LineageAlias[]): void {
    if (lineages.length > 0)
      tx.send(`INSERT INTO lineage (id, owner) SELECT * FROM unnest($1::uuid[], $2::text[])`, [
        lineages.map((l) => l.id),
        lineages.map((l) => l.owner),
      ]);
    // Document and set ids are refused before they could collide; a parent may be named by several documents.
    tx.send(
      `INSERT INTO lineage_alias (owner, kind, value, lineage_id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[])
       ON CONFLICT (owner, kind, value) DO NOTHING`,
      [
        aliases.map((a) => a.owner),
        aliases.map((a) => a.kind),
        aliases.map((a) => a.value),
        aliases.map((a) => a.lineageId),
      ],
    );
  }

  awaitPatients(
    tx: Tx,
    waiting: readonly (PatientKey & { readonly documentId: string; readonly owner: string })[],
  ): void {
    if (waiting.length === 0) return;
    tx.send(
      `INSERT INTO awaited_patient (domain, key, document_id, owner) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[])
       ON CONFLICT DO NOTHING`,
      [
        waiting.map((w) => w.domain),
        waiting.map((w) => w.key),
        waiting.map((w) => w.documentId),
        waiting.map((w) => w.owner),
      ],
    );
  }

  /** Every key of the documents that wait under one of these, by document. */
  async awaiting(tx: Tx, keys: readonly PatientKey[]): Promise<Map<string, PatientKey[]>> {
    const rows = await tx.query<PatientKey & { documentId: string }>(
      `SELECT w.document_id AS "documentId", w.domain, w.key FROM awaited_patient w
       WHERE w.document_id = ANY(ARRAY(
         SELECT a.document_id FROM unnest($1::text[], $2::text[]) AS k (domain, key)
         CROSS JOIN LATERAL (
           SELECT document_id FROM awaited_patient p WHERE p.domain = k.domain AND p.key = k.key OFFSET 0
         ) AS a))
       ORDER BY w.document_id, w.key`,
      [keys.map((k) => k.domain), keys.map((k) => k.key)],
    );
    return Map.groupBy(rows, (row) => row.documentId);
  }

  /** Every key of documents that wait since before `before` although some patient answers to one of them, by document. */
  async awaitingSince(tx: Tx, owner: string, before: Date, limit: number): Promise<Map<string, PatientKey[]>> {
    const rows = await tx.query<PatientKey & { documentId: string }>(
      `SELECT w.document_id AS "documentId", w.domain, w.key FROM awaited_patient w
       JOIN (SELECT id FROM document WHERE owner = $1 AND state = 'held' AND patient_id IS NULL AND received_at < $2
               AND EXISTS (
                 SELECT FROM awaited_patient a
                 LEFT JOIN identity_identifier i ON a.key LIKE 'id|%' AND i.owner = 'dom:' || a.domain
                  AND i.authority = split_part(a.key, '|', 2) AND i.value = split_part(a.key, '|', 3)
                 LEFT JOIN identity p ON a.key LIKE 'ins|%' AND p.owner = 'dom:' || a.domain AND p.status = 'qualifiee'
                  AND p.ins_oid = split_part(a.key, '|', 2) AND p.ins_matricule = split_part(a.key, '|', 3)
                 WHERE a.document_id = document.id AND (i.patient_id IS NOT NULL OR p.patient_id IS NOT NULL))
             ORDER BY received_at LIMIT $3) AS d ON d.id = w.document_id`,
      [owner, before, limit],
    );
    return Map.groupBy(rows, (row) => row.documentId);
  }

  async found(tx: Tx, documentIds: readonly string[]): Promise<void> {
    await tx.query(`DELETE FROM awaited_patient WHERE document_id = ANY($1::uuid[])`, [documentIds]);
  }
}
