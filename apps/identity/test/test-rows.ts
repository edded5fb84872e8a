import type { TestDatabase } from '@pfi/platform-postgres/testing';
import type { Person } from './test-door.js';

export interface PatientRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly ins_matricule: string | null;
  readonly merged_into: string | null;
  readonly traits: { readonly birthName: string };
  readonly identifiers: readonly { readonly authority: string; readonly value: string }[];
  readonly dmp_opposition: string;
  readonly fictitious: boolean;
}

export const holderOf = async (test: TestDatabase, ipp: string): Promise<PatientRow | undefined> =>
  (
    await test.admin<PatientRow>(
      `SELECT p.* FROM identity.patient_identifier i JOIN identity.patient p ON p.id = i.patient_id WHERE i.value = $1`,
      [ipp],
    )
  )[0];

/** The patient that answers to an IPP, merges followed. */
export async function livingPatient(test: TestDatabase, person: Person): Promise<PatientRow> {
  let found = await holderOf(test, person.ipp);
  while (found?.merged_into)
    [found] = await test.admin<PatientRow>('SELECT * FROM identity.patient WHERE id = $1', [found.merged_into]);
  if (!found) throw new Error('no such patient');
  return found;
}

export interface Event {
  readonly type: string;
  readonly owner: string;
  readonly payload: Record<string, unknown>;
}
/** What the outbox holds of one patient or stay, in order. */
export const eventsOf = async (test: TestDatabase, aggregate: string): Promise<Event[]> =>
  (
    await test.admin<{ type: string; owner: string; payload: string }>(
      'SELECT type, owner, payload FROM identity.outbox WHERE aggregate = $1 ORDER BY position',
      [aggregate],
    )
  ).map((row) => ({ ...row, payload: JSON.parse(row.payload) as Record<string, unknown> }));

export const tasksOf = async (test: TestDatabase, patientId: string): Promise<{ code: string; open: boolean }[]> =>
  test.admin('SELECT code, closed_at IS NULL AS open FROM identity.task WHERE patient_id = $1 ORDER BY opened_at', [
    patientId,
  ]);
