import type { DeliveryFacts, DocumentFacts, Outcome, StayFacts } from '@pfi/indicators-core';
import type { Tx } from '@pfi/platform-postgres';
import type { Touched } from './touched.js';

/** A stay with what a verdict row needs beside the verdict. */
export interface LoadedStay {
  readonly owner: string;
  readonly facts: StayFacts;
}

/** Names the stay of documents whose number is now that of a known one. */
export async function attachDocuments(tx: Tx, generation: number, touched: readonly Touched[]): Promise<void> {
  const [lineages, stays] = [idsOf(touched, 'lineage'), idsOf(touched, 'stay')];
  if (lineages.length > 0)
    await tx.execute(
      `UPDATE document d SET stay_id = s.id FROM unnest($2::uuid[]) AS t (id), stay s
       WHERE d.generation = $1 AND d.lineage_id = t.id AND d.stay_id IS NULL
         AND s.generation = $1 AND s.owner = d.owner AND s.authority = d.stay_authority AND s.number = d.stay_number`,
      [generation, lineages],
    );
  if (stays.length > 0)
    await tx.execute(
      `UPDATE document d SET stay_id = s.id FROM unnest($2::uuid[]) AS t (id), stay s
       WHERE s.generation = $1 AND s.id = t.id
         AND d.generation = $1 AND d.stay_id IS NULL AND d.owner = s.owner AND d.stay_authority = s.authority AND d.stay_number = s.number`,
      [generation, stays],
    );
}

/** The stays that what was touched speaks of, locked in id order: what is read afterwards is judged by nobody else meanwhile. */
export async function lockStays(tx: Tx, generation: number, touched: readonly Touched[]): Promise<string[]> {
  // Each id is looked for by itself (OFFSET 0): a plan made for tables that were still empty may read all of them for a set.
  const rows = await tx.query<{ id: string }>(
    `WITH RECURSIVE person AS (
       SELECT unnest($2::uuid[]) AS id
       UNION SELECT p.id FROM person JOIN patient p ON p.generation = $1 AND p.merged_into = person.id
     ), found AS MATERIALIZED (
       SELECT unnest($3::uuid[]) AS id
       UNION SELECT d.stay_id FROM unnest($4::uuid[]) AS l (id) CROSS JOIN LATERAL
         (SELECT stay_id FROM document WHERE generation = $1 AND lineage_id = l.id AND stay_id IS NOT NULL OFFSET 0) AS d
       UNION SELECT o.id FROM person CROSS JOIN LATERAL
         (SELECT id FROM stay WHERE generation = $1 AND patient_id = person.id OFFSET 0) AS o
     )
     SELECT id FROM stay WHERE generation = $1 AND id = ANY(ARRAY(SELECT id FROM found)) ORDER BY id FOR UPDATE`,
    [generation, idsOf(touched, 'patient'), idsOf(touched, 'stay'), idsOf(touched, 'lineage')],
  );
  return rows.map(({ id }) => id);
}

export async function loadStays(tx: Tx, generation: number, ids: readonly string[]): Promise<LoadedStay[]> {
  if (ids.length === 0) return [];
  const stays = await tx.query<StayRow>(
    `WITH RECURSIVE living AS (
       SELECT s.id AS stay_id, p.id, p.merged_into FROM stay s JOIN patient p ON p.generation = $1 AND p.id = s.patient_id
       WHERE s.generation = $1 AND s.id = ANY($2::uuid[])
       UNION SELECT l.stay_id, p.id, p.merged_into FROM living l JOIN patient p ON p.generation = $1 AND p.id = l.merged_into
     )
     SELECT s.id, s.owner, s.establishment, s.patient_class, s.state, s.admitted_at, s.ended_at, s.ended_by_death, p.id AS patient_id,
            p.ins_qualified, p.fictitious, p.opposed, p.deceased_on, p.birth_date
     FROM stay s LEFT JOIN living l ON l.stay_id = s.id AND l.merged_into IS NULL
     LEFT JOIN patient p ON p.generation = $1 AND p.id = l.id
     WHERE s.generation = $1 AND s.id = ANY($2::uuid[])`,
    [generation, ids],
  );
  const documents = await tx.query<DocumentRow>(
    `SELECT o.stay_id AS for_stay, d.id, d.lineage_id, d.version, d.type_code, d.stay_id, d.received_at, v.channel, v.operation,
            v.request_state, v.request_reasons, v.outcome_kind, v.outcome_at, v.outcome_code, v.outcome_status
     FROM unnest($2::uuid[]) AS s (id)
     CROSS JOIN LATERAL (SELECT DISTINCT stay_id, lineage_id FROM document WHERE generation = $1 AND stay_id = s.id) AS o
     CROSS JOIN LATERAL (SELECT * FROM document WHERE generation = $1 AND lineage_id = o.lineage_id OFFSET 0) AS d
     LEFT JOIN LATERAL (SELECT * FROM delivery WHERE generation = $1 AND document_id = d.id OFFSET 0) AS v ON true`,
    [generation, ids],
  );
  const ofStay = Map.groupBy(documents, (row) => row.for_stay);
  return stays.map((row) => ({ owner: row.owner, facts: factsOf(row, ofStay.get(row.id) ?? []) }));
}

const idsOf = (touched: readonly Touched[], kind: Touched['kind']): string[] => [
  ...new Set(touched.filter((one) => one.kind === kind).map(({ id }) => id)),
];

interface StayRow {
  readonly id: string;
  readonly owner: string;
  readonly establishment: string;
  readonly patient_class: string;
  readonly state: StayFacts['state'];
  readonly admitted_at: Date | null;
  readonly ended_at: Date | null;
  readonly ended_by_death: boolean;
  readonly patient_id: string | null;
  readonly ins_qualified: boolean;
  readonly fictitious: boolean;
  readonly opposed: boolean;
  readonly deceased_on: string | null;
  readonly birth_date: string | null;
}

interface DocumentRow {
  readonly for_stay: string;
  readonly id: string;
  readonly lineage_id: string;
  readonly version: number;
  readonly type_code: string;
  readonly stay_id: string | null;
  readonly received_at: Date;
  readonly channel: string | null;
  readonly operation: DeliveryFacts['operation'];
  readonly request_state: 'requested' | 'held' | 'cancelled' | null;
  readonly request_reasons: readonly string[] | null;
  readonly outcome_kind: Outcome['kind'] | null;
  readonly outcome_at: Date | null;
  readonly outcome_code: string | null;
  readonly outcome_status: string | null;
}

function factsOf(row: StayRow, documents: readonly DocumentRow[]): StayFacts {
  return {
    stayId: row.id,
    establishment: row.establishment,
    patientClass: row.patient_class,
    state: row.state,
    admittedAt: row.admitted_at,
    endedAt: row.ended_at,
    endedByDeath: row.ended_by_death,
    patient: row.patient_id
      ? {
          id: row.patient_id,
          insQualified: row.ins_qualified,
          fictitious: row.fictitious,
          opposed: row.opposed,
          deceasedOn: row.deceased_on,
          birthDate: row.birth_date,
        }
      : null,
    documents: [...Map.groupBy(documents, ({ id }) => id).values()].map(documentOf),
  };
}

function documentOf(rows: readonly DocumentRow[]): DocumentFacts {
  const [row] = rows as readonly [DocumentRow];
  return {
    documentId: row.id,
    lineageId: row.lineage_id,
    version: row.version,
    typeCode: row.type_code,
    stayId: row.stay_id,
    receivedAt: row.received_at,
    deliveries: rows.flatMap((one) => deliveryOf(one) ?? []),
  };
}

/** A mail whose request has not come yet is nobody's: its outcome alone does not say who it went to. */
function deliveryOf(row: DocumentRow): DeliveryFacts | undefined {
  const { channel } = row;
  if (channel !== 'dmp' && channel !== 'mss-pro' && channel !== 'mss-patient') return undefined;
  return {
    channel,
    operation: row.operation,
    request: row.request_state ? { state: row.request_state, reasons: row.request_reasons ?? [] } : null,
    outcome:
      row.outcome_kind && row.outcome_at
        ? { kind: row.outcome_kind, at: row.outcome_at, code: row.outcome_code, status: row.outcome_status }
        : null,
  };
}
