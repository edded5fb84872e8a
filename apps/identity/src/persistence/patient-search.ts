import type { Patient } from '@pfi/identity-core';
import type { Tx } from '@pfi/platform-postgres';
import { toPatient } from './patient.repository.js';

export type PatientCriteria =
  | { readonly ipp: { readonly authority: string; readonly value: string } }
  | { readonly ins: { readonly matricule: string } }
  | { readonly name: string; readonly birthDate: string };

type Row = Parameters<typeof toPatient>[0];

/** Living patients that the transaction's scopes may see, in id order after `after`. Names are compared normalised, by their start. */
export async function searchPatients(
  tx: Tx,
  criteria: PatientCriteria,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<Patient[]> {
  const bounds = [page.after ?? null, page.limit];
  if ('ipp' in criteria) {
    // The holder may have been merged away since: the survivor answers.
    const rows = await tx.query<Row>(
      `WITH RECURSIVE path AS (
         SELECT p.id, p.merged_into FROM patient_identifier i JOIN patient p ON p.id = i.patient_id
         WHERE i.authority = $3 AND i.value = $4
         UNION SELECT p.id, p.merged_into FROM path JOIN patient p ON p.id = path.merged_into
       )
       SELECT p.* FROM path JOIN patient p ON p.id = path.id
       WHERE path.merged_into IS NULL AND ($1::uuid IS NULL OR p.id > $1) ORDER BY p.id LIMIT $2`,
      [...bounds, criteria.ipp.authority, criteria.ipp.value],
    );
    return rows.map(toPatient);
  }
  if ('ins' in criteria) {
    const rows = await tx.query<Row>(
      `SELECT * FROM patient WHERE owner = ANY($4::text[]) AND ins_matricule = $3 AND merged_into IS NULL
         AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
      [...bounds, criteria.ins.matricule, tx.scopes],
    );
    return rows.map(toPatient);
  }
  const rows = await tx.query<Row>(
    `SELECT * FROM patient WHERE birth_date = $3 AND (search_name LIKE $4 OR search_used_name LIKE $4) AND merged_into IS NULL
       AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
    [...bounds, criteria.birthDate, `${criteria.name}%`],
  );
  return rows.map(toPatient);
}

export async function findPatient(tx: Tx, id: string): Promise<Patient | undefined> {
  const [row] = await tx.query<Row>(`SELECT * FROM patient WHERE id = $1`, [id]);
  return row && toPatient(row);
}
