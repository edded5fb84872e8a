import type { Counted, CountedDocument, IndicatorCode, Period, Tally, View } from '@pfi/indicators-core';
import type { Tx } from '@pfi/platform-postgres';

const LIVE = `(SELECT id FROM generation WHERE state = 'live')`;

export interface CountQuery {
  readonly codes: readonly IndicatorCode[];
  readonly period: Period;
  readonly establishments: readonly string[];
  readonly view: View;
}

/** Counts by indicator, and by month when asked; what has nothing to count has no row. */
export async function countVerdicts(
  tx: Tx,
  { codes, period, establishments, view }: CountQuery,
  by: 'period' | 'month' = 'period',
): Promise<(Tally & { readonly code: IndicatorCode; readonly month: string })[]> {
  const month = by === 'month' ? `date_trunc('month', day::timestamp)::date` : `NULL::date`;
  const chosen = `WHERE generation = ${LIVE} AND code = ANY($1::text[]) AND day BETWEEN $2 AND $3 AND establishment = ANY($4::text[])`;
  // Stays of their own are counted already; groups of sessions, which a period may cut, are told apart now.
  return tx.query(
    `SELECT code, month::text, sum(numerator)::bigint AS numerator, sum(denominator)::bigint AS denominator FROM (
       SELECT code, ${month} AS month, sum(${view}_numerator) AS numerator, sum(${view}_denominator) AS denominator
       FROM daily_count ${chosen} GROUP BY 1, 2
       UNION ALL
       SELECT code, month, count(*) FILTER (WHERE served), count(*) FROM (
         SELECT code, ${month} AS month, unit_group, bool_or(${view} = 'numerator') AS served
         FROM verdict ${chosen} AND unit_group IS NOT NULL AND ${view} <> 'excluded' GROUP BY 1, 2, 3
       ) AS unit GROUP BY 1, 2
     ) AS part GROUP BY code, month ORDER BY code, month`,
    [codes, period.from, period.to, establishments],
  );
}

export interface VerdictRow {
  readonly stayId: string;
  readonly stay: string;
  readonly authority: string;
  readonly establishment: string;
  readonly unit: string | null;
  readonly patientId: string;
  readonly patientClass: string;
  readonly admittedAt: Date | null;
  readonly endedAt: Date;
  readonly day: string;
  readonly counted: Counted;
  readonly reason: string;
  readonly detail: string | null;
  readonly documents: readonly CountedDocument[];
}

export interface VerdictQuery extends Omit<CountQuery, 'codes'> {
  readonly code: IndicatorCode;
  readonly counted?: Counted | undefined;
  readonly after?: { readonly day: string; readonly stayId: string } | undefined;
  readonly limit: number;
}

/** Stays of a period with their verdicts, newest first. Of a group of sessions one counts: a served one, the newest. */
export async function listVerdicts(tx: Tx, query: VerdictQuery): Promise<VerdictRow[]> {
  const { code, period, establishments, view, counted, after, limit } = query;
  // A condition of its own, said twice: beside the bound of a period, an index does not begin at a pair.
  const further = after ? `AND t.day <= $7::date AND (t.day, t.stay_id) < ($7::date, $8::uuid)` : '';
  const counts = `CASE WHEN w.behind THEN 'excluded' ELSE w.${view} END`;
  return tx.query<VerdictRow>(
    `SELECT v.stay_id AS "stayId", s.number AS stay, s.authority, v.establishment, s.unit, s.patient_id AS "patientId",
            s.patient_class AS "patientClass", s.admitted_at AS "admittedAt", s.ended_at AS "endedAt", v.day, page.counted,
            CASE WHEN page.behind THEN 'SEANCE_GROUPED' ELSE v.reason END AS reason,
            CASE WHEN page.behind THEN NULL ELSE v.detail END AS detail, v.documents
     FROM (
       SELECT each.* FROM unnest($4::text[]) AS e (establishment) CROSS JOIN LATERAL (
         SELECT w.generation, w.stay_id, w.day, w.behind, ${counts} AS counted FROM (
           SELECT t.generation, t.stay_id, t.day, t.${view}, t.unit_group IS NOT NULL AND t.${view} <> 'excluded' AND EXISTS (
               SELECT 1 FROM verdict o WHERE o.generation = t.generation AND o.unit_group = t.unit_group AND o.code = t.code
                 AND o.day BETWEEN $2 AND $3 AND o.${view} <> 'excluded'
                 AND (o.${view} = 'numerator', o.day, o.stay_id) > (t.${view} = 'numerator', t.day, t.stay_id)) AS behind
           FROM verdict t WHERE t.generation = ${LIVE} AND t.code = $1 AND t.establishment = e.establishment
             AND t.day BETWEEN $2 AND $3 ${further}
         ) AS w
         WHERE $5::text IS NULL OR ${counts} = $5
         ORDER BY w.day DESC, w.stay_id DESC LIMIT $6
       ) AS each
       ORDER BY each.day DESC, each.stay_id DESC LIMIT $6
     ) AS page
     JOIN verdict v ON v.generation = page.generation AND v.stay_id = page.stay_id AND v.code = $1
     JOIN stay s ON s.generation = page.generation AND s.id = page.stay_id
     ORDER BY page.day DESC, page.stay_id DESC`,
    [code, period.from, period.to, establishments, counted ?? null, limit, ...(after ? [after.day, after.stayId] : [])],
  );
}

export interface OrphanRow {
  readonly documentId: string;
  readonly lineageId: string;
  readonly establishment: string;
  readonly source: string;
  readonly typeCode: string;
  readonly authority: string | null;
  readonly number: string | null;
  readonly receivedAt: Date;
}

/** Documents that no stay can count, newest first. */
export async function listOrphans(
  tx: Tx,
  query: {
    readonly establishments: readonly string[];
    readonly after?: { readonly at: string; readonly id: string } | undefined;
    readonly limit: number;
  },
): Promise<OrphanRow[]> {
  const { establishments, after, limit } = query;
  return tx.query<OrphanRow>(
    `SELECT id AS "documentId", lineage_id AS "lineageId", establishment, source, type_code AS "typeCode",
            stay_authority AS authority, stay_number AS number, received_at AS "receivedAt"
     FROM document WHERE generation = ${LIVE} AND stay_id IS NULL AND establishment = ANY($1::text[])
       ${after ? `AND (received_at, id) < ($3::timestamptz, $4::uuid)` : ''}
     ORDER BY received_at DESC, id DESC LIMIT $2`,
    [establishments, limit, ...(after ? [after.at, after.id] : [])],
  );
}

/** Were all stays judged by these definitions? False for the minute after a change of settings. */
export async function judgedBy(tx: Tx, definitionsHash: string): Promise<boolean> {
  const rows = await tx.query(`SELECT 1 FROM generation WHERE state = 'live' AND definitions = $1`, [definitionsHash]);
  return rows.length > 0;
}
