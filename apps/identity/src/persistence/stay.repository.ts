import type { Stay } from '@pfi/identity-core';
import type { Tx } from '@pfi/platform-postgres';
import { ownerOfLegalEntity } from '@pfi/platform-settings';

export interface StayKey {
  /** FINESS EJ */
  readonly legalEntity: string;
  readonly authority: string;
  readonly number: string;
}

interface StayRow {
  readonly id: string;
  readonly owner: string;
  readonly establishment: string;
  readonly authority: string;
  readonly number: string;
  readonly version: number;
  readonly patient_id: string;
  readonly unit: string | null;
  readonly patient_class: string;
  readonly state: Stay['state'];
  readonly admitted_at: Date | null;
  readonly ended_at: Date | null;
  readonly reconstituted: boolean;
  readonly ended_by_death: boolean;
}

const toStay = (row: StayRow): Stay => ({
  id: row.id,
  legalEntity: row.owner.slice('ej:'.length),
  establishment: row.establishment,
  authority: row.authority,
  number: row.number,
  version: row.version,
  patientId: row.patient_id,
  unit: row.unit,
  patientClass: row.patient_class,
  state: row.state,
  admittedAt: row.admitted_at,
  endedAt: row.ended_at,
  reconstituted: row.reconstituted,
  endedByDeath: row.ended_by_death,
});

/** Stays, many at a time, in the caller's transaction. */
export class StayRepository {
  /** Rows locked in id order: those of the keys, and all those of the patients that may be merged away. */
  async lock(tx: Tx, keys: readonly StayKey[], patients: readonly string[]): Promise<Stay[]> {
    if (keys.length === 0 && patients.length === 0) return [];
    const rows = await tx.query<StayRow>(
      `SELECT s.* FROM stay s WHERE s.id = ANY(ARRAY(
         SELECT n.id FROM unnest($1::text[], $2::text[], $3::text[]) AS k (owner, authority, number)
         CROSS JOIN LATERAL (
           SELECT id FROM stay WHERE stay.owner = k.owner AND stay.authority = k.authority AND stay.number = k.number OFFSET 0
         ) AS n
         UNION SELECT o.id FROM stay o WHERE o.patient_id = ANY($4::uuid[])
       )) ORDER BY s.id FOR UPDATE`,
      [
        keys.map((k) => ownerOfLegalEntity(k.legalEntity)),
        keys.map((k) => k.authority),
        keys.map((k) => k.number),
        patients,
      ],
    );
    return rows.map(toStay);
  }

  /** The next stays of a legal entity in id order, held still until the transaction ends. */
  async page(tx: Tx, owner: string, after: string | null, limit: number): Promise<Stay[]> {
    const rows = await tx.query<StayRow>(
      `SELECT * FROM stay WHERE owner = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3 FOR SHARE`,
      [owner, after, limit],
    );
    return rows.map(toStay);
  }

  save(tx: Tx, stays: readonly Stay[]): void {
    if (stays.length === 0) return;
    tx.send(
      `INSERT INTO stay (id, owner, establishment, authority, number, version, patient_id, unit, patient_class, state, admitted_at,
                         ended_at, reconstituted, ended_by_death)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::uuid[], $8::text[], $9::text[],
                            $10::text[], $11::timestamptz[], $12::timestamptz[], $13::bool[], $14::bool[])
       ON CONFLICT (id) DO UPDATE SET establishment = excluded.establishment, version = excluded.version,
         patient_id = excluded.patient_id, unit = excluded.unit, patient_class = excluded.patient_class, state = excluded.state,
         admitted_at = excluded.admitted_at, ended_at = excluded.ended_at, reconstituted = excluded.reconstituted,
         ended_by_death = excluded.ended_by_death`,
      [
        stays.map((s) => s.id),
        stays.map((s) => ownerOfLegalEntity(s.legalEntity)),
        stays.map((s) => s.establishment),
        stays.map((s) => s.authority),
        stays.map((s) => s.number),
        stays.map((s) => s.version),
        stays.map((s) => s.patientId),
        stays.map((s) => s.unit),
        stays.map((s) => s.patientClass),
        stays.map((s) => s.state),
        stays.map((s) => s.admittedAt),
        stays.map((s) => s.endedAt),
        stays.map((s) => s.reconstituted),
        stays.map((s) => s.endedByDeath),
      ],
    );
  }
}
