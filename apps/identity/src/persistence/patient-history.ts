import type { Patient, PatientChange } from '@pfi/identity-core';
import type { Tx } from '@pfi/platform-postgres';
import { ownerOfDomain } from '@pfi/platform-settings';
import type { Cause } from '../registry/cause.js';

export interface HistoryRecord {
  readonly patient: Patient;
  readonly changes: readonly PatientChange[];
  readonly cause: Cause;
}

/** One version of a patient as the API shows it. */
export interface HistoryEntry {
  readonly version: number;
  readonly at: string;
  readonly event: string;
  readonly source: string;
  readonly messageId: string | null;
  readonly changes: readonly string[];
  readonly state: Pick<Patient, 'ins' | 'status' | 'traits' | 'dmpOpposition' | 'mergedInto'>;
}

export function addHistory(tx: Tx, records: readonly HistoryRecord[]): void {
  if (records.length === 0) return;
  tx.send(
    `INSERT INTO patient_history (patient_id, version, owner, at, event, source, message_id, changes, state)
     SELECT patient_id, version, owner, at, event, source, message_id, string_to_array(changes, ','), state
     FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::jsonb[])
       AS n (patient_id, version, owner, at, event, source, message_id, changes, state)`,
    [
      records.map((r) => r.patient.id),
      records.map((r) => r.patient.version),
      records.map((r) => ownerOfDomain(r.patient.domain)),
      records.map((r) => r.cause.at),
      records.map((r) => r.cause.event),
      records.map((r) => r.cause.source),
      records.map((r) => r.cause.messageId),
      records.map((r) => r.changes.join()),
      records.map(({ patient: { ins, status, traits, dmpOpposition, mergedInto } }) =>
        JSON.stringify({ ins, status, traits, dmpOpposition, mergedInto }),
      ),
    ],
  );
}

/** Newest first, before a version. */
export async function historyOf(
  tx: Tx,
  patientId: string,
  page: { readonly before?: number | undefined; readonly limit: number },
): Promise<HistoryEntry[]> {
  const rows = await tx.query<Omit<HistoryEntry, 'at'> & { at: Date }>(
    `SELECT version, at, event, source, message_id AS "messageId", changes, state FROM patient_history
     WHERE patient_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3`,
    [patientId, page.before ?? 2 ** 31 - 1, page.limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
