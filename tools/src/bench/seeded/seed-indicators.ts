import type { Client } from 'pg';

const CODES = ['DS1.1', 'DS1.2', 'DS4.2'];

/** A stay in three documents, each judged by a few indicators, with the daily counts that go with it. */
export async function seedIndicators(admin: Client): Promise<void> {
  await admin.query(`SET synchronous_commit = off; SET search_path = indicators`);
  await admin.query(`CREATE TEMP TABLE seeded AS SELECT overlay(overlay(md5('stay' || owner || stay_number) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid AS id, owner, establishment,
      stay_number AS number, (array_agg(patient_id))[1] AS patient_id, max(received_at) AS ended_at, bool_or(state = 'delivered') AS served,
      jsonb_agg(jsonb_build_object('id', id, 'typeCode', type_code)) AS documents
    FROM documents.document WHERE stay_number IS NOT NULL AND patient_id IS NOT NULL GROUP BY owner, establishment, stay_number`);
  await admin.query(`INSERT INTO stay (generation, id, owner, establishment, authority, number, version, patient_id, unit, patient_class, state,
      admitted_at, ended_at, ended_by_death)
    SELECT 1, id, owner, establishment, 'BENCH', number, 1, patient_id, '1010', 'I', 'ended', ended_at - interval '4 days', ended_at, false
    FROM seeded ON CONFLICT DO NOTHING`);
  await admin.query(
    `INSERT INTO verdict (generation, stay_id, code, owner, establishment, day, gross, net, reason, documents)
     SELECT 1, id, code, owner, establishment, (ended_at AT TIME ZONE 'Europe/Paris')::date, counted, counted,
            CASE WHEN served THEN 'SERVED' ELSE 'NO_DOCUMENT' END, documents
     FROM seeded CROSS JOIN unnest($1::text[]) AS c (code)
     CROSS JOIN LATERAL (SELECT CASE WHEN served THEN 'numerator' ELSE 'denominator' END AS counted) AS judged ON CONFLICT DO NOTHING`,
    [CODES],
  );
  await admin.query(`INSERT INTO daily_count SELECT 1, code, establishment, day, min(owner), count(*) FILTER (WHERE gross = 'numerator'), count(*),
      count(*) FILTER (WHERE net = 'numerator'), count(*) FROM verdict WHERE generation = 1 GROUP BY code, establishment, day ON CONFLICT DO NOTHING`);
  await admin.query(`VACUUM (ANALYZE) stay, verdict, daily_count`);
}
