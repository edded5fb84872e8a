import type { Patient } from '@pfi/identity-core';
import { normaliseName } from '@pfi/health';
import { ownerOfDomain } from '@pfi/platform-settings';
import type { Tx } from '@pfi/platform-postgres';

export interface IdentifierKey {
  readonly authority: string;
  readonly value: string;
}

/** Who answers to an identifier, before merges are followed. */
export interface Holder extends IdentifierKey {
  readonly patientId: string;
  /** Merged before its identity was ever seen: the holder is the survivor. */
  readonly alias: boolean;
}

interface PatientRow {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  readonly identifiers: Patient['identifiers'];
  readonly ins_matricule: string | null;
  readonly ins_oid: string | null;
  readonly status: Patient['status'];
  readonly traits: Patient['traits'];
  readonly fictitious: boolean;
  readonly dubious: boolean;
  readonly dmp_opposition: Patient['dmpOpposition'];
  readonly deceased_on: string | null;
  readonly merged_into: string | null;
}

export const toPatient = (row: PatientRow): Patient => ({
  id: row.id,
  domain: row.owner.slice('dom:'.length),
  version: row.version,
  identifiers: row.identifiers,
  ins: row.ins_matricule && row.ins_oid ? { matricule: row.ins_matricule, oid: row.ins_oid } : null,
  status: row.status,
  traits: row.traits,
  fictitious: row.fictitious,
  dubious: row.dubious,
  dmpOpposition: row.dmp_opposition,
  deceasedOn: row.deceased_on,
  mergedInto: row.merged_into,
});

/** Patients and their identifiers, many at a time, in the caller's transaction. */
export class PatientRepository {
  async holders(tx: Tx, domain: string, keys: readonly IdentifierKey[]): Promise<Holder[]> {
    if (keys.length === 0) return [];
    return tx.query<Holder>(
      // LATERAL and OFFSET 0: a look-up by the whole key for each, in whatever state the statistics were when it was planned.
      `SELECT k.authority, k.value, i.patient_id AS "patientId", i.alias FROM unnest($2::text[], $3::text[]) AS k (authority, value)
       CROSS JOIN LATERAL (
         SELECT patient_id, alias FROM patient_identifier p
         WHERE p.owner = $1 AND p.authority = k.authority AND p.value = k.value OFFSET 0
       ) AS i`,
      [ownerOfDomain(domain), keys.map((k) => k.authority), keys.map((k) => k.value)],
    );
  }

  /**
   * Lets one transaction at a time read and change what answers to these names, rows that are not there yet included. Names are
   * taken in one order for everybody; not waited for: what is read afterwards is.
   */
  lockNames(tx: Tx, names: readonly string[]): void {
    if (names.length === 0) return;
    // Other services of this database take locks on patients' names too: the seed keeps these apart.
    tx.send(
      `SELECT pg_advisory_xact_lock(hashtextextended(name, 2575)) FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i) ORDER BY i`,
      [[...new Set(names)].sort()],
    );
  }

  /** Rows locked in id order: those named, and the living ones of the domain that carry one of these INS. */
  async lock(tx: Tx, domain: string, ids: readonly string[], matricules: readonly string[]): Promise<Patient[]> {
    if (ids.length === 0 && matricules.length === 0) return [];
    const rows = await tx.query<PatientRow>(
      `SELECT p.* FROM patient p WHERE p.id = ANY(ARRAY(
         SELECT unnest($2::uuid[])
         UNION SELECT q.id FROM patient q WHERE q.owner = $1 AND q.ins_matricule = ANY($3::text[]) AND q.merged_into IS NULL
       )) ORDER BY p.id FOR UPDATE`,
      [ownerOfDomain(domain), ids, matricules],
    );
    return rows.map(toPatient);
  }

  save(tx: Tx, patients: readonly Patient[]): void {
    if (patients.length === 0) return;
    tx.send(
      `INSERT INTO patient (id, owner, version, identifiers, ins_matricule, ins_oid, status, traits, search_name, search_used_name,
                            birth_date, fictitious, dubious, dmp_opposition, merged_into, deceased_on)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::jsonb[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::text[],
                            $10::text[], $11::text[], $12::bool[], $13::bool[], $14::text[], $15::uuid[], $16::text[])
       ON CONFLICT (id) DO UPDATE SET version = excluded.version, identifiers = excluded.identifiers,
         ins_matricule = excluded.ins_matricule, ins_oid = excluded.ins_oid, status = excluded.status, traits = excluded.traits,
         search_name = excluded.search_name, search_used_name = excluded.search_used_name, birth_date = excluded.birth_date,
         fictitious = excluded.fictitious, dubious = excluded.dubious, dmp_opposition = excluded.dmp_opposition,
         merged_into = excluded.merged_into, deceased_on = excluded.deceased_on`,
      [
        patients.map((p) => p.id),
        patients.map((p) => ownerOfDomain(p.domain)),
        patients.map((p) => p.version),
        patients.map((p) => JSON.stringify(p.identifiers)),
        patients.map((p) => p.ins?.matricule ?? null),
        patients.map((p) => p.ins?.oid ?? null),
        patients.map((p) => p.status),
        patients.map((p) => JSON.stringify(p.traits)),
        patients.map((p) => normaliseName(p.traits.birthName)),
        patients.map((p) => normaliseName(p.traits.usedName ?? '')),
        patients.map((p) => p.traits.birthDate ?? null),
        patients.map((p) => p.fictitious),
        patients.map((p) => p.dubious),
        patients.map((p) => p.dmpOpposition),
        patients.map((p) => p.mergedInto),
        patients.map((p) => p.deceasedOn),
      ],
    );
  }

  /** The next patients of a domain in id order, held still until the transaction ends. */
  async page(tx: Tx, owner: string, after: string | null, limit: number): Promise<Patient[]> {
    const rows = await tx.query<PatientRow>(
      `SELECT * FROM patient WHERE owner = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3 FOR SHARE`,
      [owner, after, limit],
    );
    return rows.map(toPatient);
  }

  /** The next patients that were merged away, each with the one it was merged into. */
  async pageOfMerges(
    tx: Tx,
    owner: string,
    after: string | null,
    limit: number,
  ): Promise<{ readonly retired: Patient; readonly survivor: Patient }[]> {
    const retired = await tx.query<PatientRow>(
      `SELECT * FROM patient WHERE owner = $1 AND merged_into IS NOT NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
       FOR SHARE`,
      [owner, after, limit],
    );
    const survivors = await tx.query<PatientRow>(
      `SELECT * FROM patient WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE`,
      [retired.map((row) => row.merged_into)],
    );
    const byId = new Map(survivors.map((row) => [row.id, toPatient(row)]));
    return retired.flatMap((row) => {
      const survivor = byId.get(row.merged_into ?? '');
      return survivor ? [{ retired: toPatient(row), survivor }] : [];
    });
  }

  addHolders(tx: Tx, domain: string, holders: readonly Holder[]): void {
    if (holders.length === 0) return;
    tx.send(
      `INSERT INTO patient_identifier (owner, authority, value, patient_id, alias)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::uuid[], $5::bool[])`,
      [
        ownerOfDomain(domain),
        holders.map((h) => h.authority),
        holders.map((h) => h.value),
        holders.map((h) => h.patientId),
        holders.map((h) => h.alias),
      ],
    );
  }
}
