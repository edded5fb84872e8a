import type { PayloadOf, patientChangedV1 } from '@pfi/contracts';
import type { KnownIdentity } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';

type PatientChanged = PayloadOf<typeof patientChangedV1>;

/** A patient as named by a document: key in one identity domain. */
export interface PatientKey {
  readonly domain: string;
  /** `id|<authority>|<value>` or `ins|<oid>|<matricule>`. */
  readonly key: string;
}

export const identifierKey = (authority: string, value: string): string => `id|${authority}|${value}`;
export const insKey = (ins: { oid: string; matricule: string }): string => `ins|${ins.oid}|${ins.matricule}`;

const domainOwner = (domain: string): string => `dom:${domain}`;

interface IdentityRow {
  readonly patient_id: string;
  readonly version: number;
  readonly status: KnownIdentity['status'];
  readonly ins_matricule: string | null;
  readonly ins_oid: string | null;
  readonly traits: KnownIdentity['traits'];
  readonly dmp_opposition: KnownIdentity['dmpOpposition'];
  readonly fictitious: boolean;
}

const toIdentity = (row: IdentityRow): KnownIdentity => ({
  patientId: row.patient_id,
  version: row.version,
  status: row.status,
  ins: row.ins_matricule && row.ins_oid ? { matricule: row.ins_matricule, oid: row.ins_oid } : null,
  traits: row.traits,
  dmpOpposition: row.dmp_opposition,
  fictitious: row.fictitious,
});

/**
 * LATERAL with OFFSET 0, below, is one look-up by an index for each row, in whatever state the statistics were when it was planned.
 *
 * What the identity context last said of each patient. A document that is being accepted and an identity that is changing
 * meet on advisory locks of the patient's keys, so neither can miss the other.
 */
export class IdentityReadModel {
  /** Not waited for: what is read afterwards is. For accepting documents: many at a time may hold the same key. */
  lockShared(tx: Tx, keys: readonly PatientKey[]): void {
    lock(tx, 'pg_advisory_xact_lock_shared', keys);
  }

  /** For an identity that changes. */
  lockExclusive(tx: Tx, keys: readonly PatientKey[]): void {
    lock(tx, 'pg_advisory_xact_lock', keys);
  }

  /** Patients behind keys, merges followed; by `<domain>\u0000<key>`. A key of an INS counts only for a living patient. */
  async find(tx: Tx, keys: readonly PatientKey[]): Promise<Map<string, KnownIdentity>> {
    if (keys.length === 0) return new Map();
    const rows = await tx.query<IdentityRow & { domain: string; key: string }>(
      `WITH RECURSIVE wanted AS (
         SELECT * FROM unnest($1::text[], $2::text[]) AS w (domain, key)
       ), named AS (
         SELECT w.domain, w.key, i.patient_id FROM wanted w
         CROSS JOIN LATERAL (
           SELECT patient_id FROM identity_identifier k
           WHERE k.owner = 'dom:' || w.domain AND k.authority = split_part(w.key, '|', 2) AND k.value = split_part(w.key, '|', 3) OFFSET 0
         ) AS i
         WHERE w.key LIKE 'id|%'
         UNION ALL
         SELECT w.domain, w.key, p.patient_id FROM wanted w
         CROSS JOIN LATERAL (
           SELECT patient_id FROM identity k
           WHERE k.owner = 'dom:' || w.domain AND k.ins_matricule = split_part(w.key, '|', 3)
             AND k.ins_oid = split_part(w.key, '|', 2) AND k.merged_into IS NULL AND k.status = 'qualifiee' OFFSET 0
         ) AS p
         WHERE w.key LIKE 'ins|%'
       ), followed AS (
         SELECT n.domain, n.key, n.patient_id, 0 AS steps FROM named n
         UNION ALL
         SELECT f.domain, f.key, p.merged_into, f.steps + 1 FROM followed f
         CROSS JOIN LATERAL (SELECT merged_into FROM identity k WHERE k.patient_id = f.patient_id OFFSET 0) AS p
         WHERE p.merged_into IS NOT NULL AND f.steps < 32
       )
       SELECT DISTINCT ON (f.domain, f.key) f.domain, f.key, p.* FROM followed f
       CROSS JOIN LATERAL (SELECT * FROM identity k WHERE k.patient_id = f.patient_id AND k.merged_into IS NULL OFFSET 0) AS p
       ORDER BY f.domain, f.key, f.steps DESC, p.patient_id`,
      [keys.map((k) => k.domain), keys.map((k) => k.key)],
    );
    return new Map(rows.map((row) => [`${row.domain}\u0000${row.key}`, toIdentity(row)]));
  }

  /** Living identities by patient id, merges followed. */
  async byPatient(tx: Tx, patientIds: readonly string[]): Promise<Map<string, KnownIdentity>> {
    const rows = await tx.query<IdentityRow & { asked: string }>(
      `WITH RECURSIVE followed AS (
         SELECT id AS asked, id AS patient_id, 0 AS steps FROM unnest($1::uuid[]) AS id
         UNION ALL
         SELECT f.asked, p.merged_into, f.steps + 1 FROM followed f
         CROSS JOIN LATERAL (SELECT merged_into FROM identity k WHERE k.patient_id = f.patient_id OFFSET 0) AS p
         WHERE p.merged_into IS NOT NULL AND f.steps < 32
       )
       SELECT f.asked, p.* FROM followed f
       CROSS JOIN LATERAL (SELECT * FROM identity k WHERE k.patient_id = f.patient_id AND k.merged_into IS NULL OFFSET 0) AS p`,
      [patientIds],
    );
    return new Map(rows.map((row) => [row.asked, toIdentity(row)]));
  }

  /** These patients and all that were merged into them, directly or not: documents may still name the retired ones. */
  async withRetired(tx: Tx, patientIds: readonly string[]): Promise<string[]> {
    const rows = await tx.query<{ patient_id: string }>(
      `WITH RECURSIVE gathered AS (
         SELECT id AS patient_id FROM unnest($1::uuid[]) AS id
         UNION
         SELECT p.patient_id FROM gathered g
         CROSS JOIN LATERAL (SELECT patient_id FROM identity k WHERE k.merged_into = g.patient_id OFFSET 0) AS p
       ) SELECT patient_id FROM gathered`,
      [patientIds],
    );
    return rows.map((row) => row.patient_id);
  }

  /** Keeps the newest version of each patient. Returns those that were newer than what was known. */
  async apply(tx: Tx, patients: readonly PatientChanged[]): Promise<PatientChanged[]> {
    const rows = await tx.query<{ patient_id: string }>(
      `INSERT INTO identity AS known (patient_id, owner, version, status, ins_matricule, ins_oid, traits, dmp_opposition, fictitious, merged_into)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[], $9::bool[], $10::uuid[])
       ON CONFLICT (patient_id) DO UPDATE SET version = excluded.version, status = excluded.status, ins_matricule = excluded.ins_matricule,
         ins_oid = excluded.ins_oid, traits = excluded.traits, dmp_opposition = excluded.dmp_opposition,
         fictitious = excluded.fictitious, merged_into = excluded.merged_into
       WHERE known.version < excluded.version
       RETURNING patient_id`,
      [
        patients.map((p) => p.patientId),
        patients.map((p) => domainOwner(p.domain)),
        patients.map((p) => p.version),
        patients.map((p) => p.status),
        patients.map((p) => p.ins?.matricule ?? null),
        patients.map((p) => p.ins?.oid ?? null),
        patients.map((p) => JSON.stringify(p.traits)),
        patients.map((p) => p.dmpOpposition),
        patients.map((p) => p.fictitious),
        patients.map((p) => p.mergedInto),
      ],
    );
    const newer = new Set(rows.map((row) => row.patient_id));
    const applied = patients.filter((patient) => newer.has(patient.patientId));
    await this.applyIdentifiers(tx, applied);
    return applied;
  }

  private async applyIdentifiers(tx: Tx, patients: readonly PatientChanged[]): Promise<void> {
    const all = patients.flatMap((p) =>
      p.identifiers.map((i) => ({
        owner: domainOwner(p.domain),
        authority: i.authority,
        value: i.value,
        id: p.patientId,
      })),
    );
    await tx.query(`DELETE FROM identity_identifier WHERE patient_id = ANY($1::uuid[])`, [
      patients.map((p) => p.patientId),
    ]);
    await tx.query(
      `INSERT INTO identity_identifier (owner, authority, value, patient_id)
       SELECT DISTINCT ON (owner, authority, value) * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) AS n (owner, authority, value, patient_id)
       ON CONFLICT (owner, authority, value) DO UPDATE SET patient_id = excluded.patient_id`,
      [all.map((i) => i.owner), all.map((i) => i.authority), all.map((i) => i.value), all.map((i) => i.id)],
    );
  }
}

function lock(tx: Tx, fn: string, keys: readonly PatientKey[]): void {
  if (keys.length === 0) return;
  // One order for everybody: two transactions that want the same keys cannot wait for each other.
  const names = [...new Set(keys.map((k) => `${k.domain}\n${k.key}`))].sort();
  tx.send(`SELECT ${fn}(hashtextextended(name, 0)) FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i) ORDER BY i`, [
    names,
  ]);
}
