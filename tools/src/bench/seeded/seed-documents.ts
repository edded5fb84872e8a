import type { Client } from 'pg';
import type { SeedPlace } from './places.js';

const CHUNK = 50_000;

/** Share of each state, the rare ones that a person looks for first. */
const STATES = [
  ['parked', 0.01],
  ['held', 0.05],
  ['in-delivery', 0.055],
  ['refused', 0.075],
  ['withdrawn', 0.08],
  ['abandoned', 0.082],
  ['not-sent', 0.1],
  ['partly-delivered', 0.12],
  ['delivered', 1],
] as const;

const shareCase = STATES.map(([state, until]) => `WHEN d.s < ${until} THEN '${state}'`).join(' ');

/** Pseudo-random numbers that are the same at each run: the dice of a row, by what they decide. */
const FUNCTIONS = `
CREATE FUNCTION pg_temp.dice(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  'SELECT (hashint8extended(n, salt) & 2147483647)::float8 / 2147483648';
CREATE FUNCTION pg_temp.uid(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT overlay(overlay(md5(kind || n) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid $$;
CREATE FUNCTION pg_temp.uid7(at timestamptz, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('doc' || n), 1, 3) || '8'
    || substr(md5('doc' || n), 4, 15))::uuid $$;`;

/**
 * Clones the one document of the template as \`rows\` documents of a year with their deliveries and timeline: six documents a patient,
 * a few people having many, one in twelve replacing the one before. What the documents hold (metadata, facts, mail wishes) is as the
 * service wrote it, so rows have their real size.
 */
export async function seedDocuments(
  admin: Client,
  rows: number,
  places: readonly SeedPlace[],
  say: (line: string) => void,
): Promise<void> {
  // Foreign keys hold by construction; checking them would take longer than the rest.
  await admin.query(
    `SET session_replication_role = replica; SET synchronous_commit = off; SET search_path = documents; ${FUNCTIONS}`,
  );
  await admin.query(
    `CREATE TEMP TABLE place AS SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[])
    AS p (owner, domain, establishment, source, until)`,
    [
      places.map(({ owner }) => owner),
      places.map(({ domain }) => domain),
      places.map(({ establishment }) => establishment),
      places.map(({ source }) => source),
      places.map(({ until }) => until),
    ],
  );
  await admin.query(`CREATE TEMP TABLE template AS SELECT * FROM document ORDER BY received_at LIMIT 1`);
  await admin.query(
    `CREATE TEMP TABLE delivery_template AS SELECT v.* FROM delivery v JOIN template t ON t.id = v.document_id`,
  );
  const indexes = await withoutIndexes(admin);
  const statements = inserts(await columnsOf(admin, 'document'), await columnsOf(admin, 'delivery'));
  for (let from = 1; from <= rows; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, rows);
    await admin.query(`DROP TABLE IF EXISTS chunk`);
    await admin.query(chunkSql(rows), [from, to]);
    for (const statement of statements) await admin.query(statement);
    say(`${to} of ${rows} documents`);
  }
  await admin.query(`SET session_replication_role = origin; SET maintenance_work_mem = '512MB'`);
  for (const index of indexes) await admin.query(index);
  await admin.query(`VACUUM (ANALYZE) document, delivery, timeline, lineage`);
}

/** Drops the indexes that are no constraint. @returns the statements that make them again, at once, after the rows */
async function withoutIndexes(admin: Client): Promise<string[]> {
  const { rows } = await admin.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = ANY('{document,delivery,timeline}'::regclass[])
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
  );
  for (const { name } of rows) await admin.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

interface Columns {
  readonly names: string;
  /** The same of the row `r`. */
  readonly ofRow: string;
}

/** Those that a row is given; what PostgreSQL computes is left to it. */
async function columnsOf(admin: Client, table: string): Promise<Columns> {
  const { rows } = await admin.query<{ name: string }>(
    `SELECT quote_ident(column_name) AS name FROM information_schema.columns
     WHERE table_schema = 'documents' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  );
  return { names: rows.map(({ name }) => name).join(', '), ofRow: rows.map(({ name }) => `r.${name}`).join(', ') };
}

/** Who, where, when and in which state. The newest are of this moment; nights and weekends are quiet. */
const chunkSql = (rows: number): string => `CREATE TEMP TABLE chunk AS
  SELECT d.n, pg_temp.uid7(w.at, d.n) AS id, w.at AS received_at, p.owner, p.domain, p.establishment, p.source,
         pg_temp.uid('patient', d.patient) AS patient_id, d.patient * 4 + floor(pg_temp.dice(d.n, 3) * 3)::bigint AS stay,
         CASE WHEN d.second THEN pg_temp.uid('lineage', d.n - 1) ELSE pg_temp.uid('lineage', d.n) END AS lineage_id,
         CASE WHEN d.second THEN 2 ELSE 1 END AS version,
         CASE ${shareCase} END AS state
  FROM (
    SELECT n, floor(pg_temp.dice(n, 1) ^ 1.5 * ${Math.max(1, Math.floor(rows / 6))})::bigint AS patient, pg_temp.dice(n, 2) AS s,
           n > 1 AND pg_temp.dice(n, 4) < 0.08 AS second
    FROM generate_series($1::bigint, $2::bigint) AS n
  ) AS d
  CROSS JOIN LATERAL (
    SELECT date_trunc('milliseconds', now() - (${rows} - d.n) * interval '365 days' / ${rows} - pg_temp.dice(d.n, 5) * interval '30 seconds') AS at
  ) AS w
  CROSS JOIN LATERAL (
    SELECT * FROM place WHERE until > pg_temp.dice(d.patient, 6) ORDER BY until LIMIT 1
  ) AS p`;

const inserts = (document: Columns, delivery: Columns): string[] => [
  `INSERT INTO lineage (id, owner) SELECT DISTINCT lineage_id, owner FROM chunk ON CONFLICT DO NOTHING`,
  `INSERT INTO document (${document.names}) SELECT ${document.ofRow} FROM chunk c CROSS JOIN template t CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object(
     'id', c.id, 'owner', c.owner, 'domain', c.domain, 'establishment', c.establishment, 'source', c.source, 'lineage_id', c.lineage_id,
     'version', c.version, 'document_oid', '2.999.77.' || c.n, 'set_oid', '2.999.78.' || c.n, 'control_id', 'BENCH' || c.n,
     'patient_id', c.patient_id, 'stay_number', 'V' || c.stay, 'state', c.state, 'received_at', c.received_at,
     'effective_at', c.received_at - interval '1 hour',
     'withdrawal', CASE c.state WHEN 'withdrawn' THEN jsonb_build_object('source', c.source, 'controlId', 'RETRAIT' || c.n,
       'ackReception', false, 'ackLecture', false) END)) AS r`,
  // Each as its template's channel: what is held says why, what was sent has its outcome. No professional mail waits: the service's own
  // sweep would release it.
  `INSERT INTO delivery (${delivery.names}) SELECT ${delivery.ofRow} FROM chunk c CROSS JOIN delivery_template t CROSS JOIN LATERAL (
     SELECT CASE WHEN c.state IN ('held', 'parked') AND t.channel = 'mss-pro' THEN 'delivered'
                 WHEN c.state IN ('parked', 'held', 'refused') THEN c.state WHEN c.state = 'in-delivery' THEN 'pending'
                 WHEN c.state IN ('withdrawn', 'abandoned') THEN 'cancelled' WHEN c.state = 'not-sent' THEN 'not-applicable'
                 WHEN c.state = 'partly-delivered' AND t.channel <> 'dmp' THEN 'refused' ELSE 'delivered' END AS state) AS s
   CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object(
     'id', pg_temp.uid(t.channel || t.id, c.n), 'document_id', c.id, 'owner', c.owner, 'establishment', c.establishment,
     'patient_id', c.patient_id, 'state', s.state, 'attempts', 1, 'at', c.received_at + interval '4 seconds',
     'outcome_code', CASE s.state WHEN 'delivered' THEN 'ACCEPTED' WHEN 'refused' THEN 'XDSRegistryError' END,
     'reasons', CASE WHEN s.state IN ('held', 'parked') THEN jsonb_build_array(jsonb_build_object(
        'code', (ARRAY['INS_NOT_QUALIFIED', 'PATIENT_UNKNOWN', 'RECIPIENT_WITHOUT_ADDRESS', 'EXPIRED'])[1 + floor(pg_temp.dice(c.n, 8) * 4)::int],
        'text', 'Motif d’essai : cet envoi attend qu’une personne ou une application y réponde.')) ELSE '[]' END)) AS r`,
  `INSERT INTO timeline (document_id, owner, establishment, at, event, text)
   SELECT c.id, c.owner, c.establishment, c.received_at + step * interval '1 second', e.event, e.text
   FROM chunk c CROSS JOIN (VALUES (0, 'received', 'Reçu de l’application émettrice.'), (1, 'delivery-requested', 'DMP : dépôt demandé.'),
     (2, 'delivery-requested', 'MSSanté du professionnel : envoi demandé.'), (3, 'delivery-requested', 'MSSanté du patient : envoi demandé.'),
     (4, 'delivery-delivered', 'DMP : déposé.'), (5, 'delivery-sent', 'MSSanté du professionnel : remis à l’opérateur.'),
     (6, 'delivery-sent', 'MSSanté du patient : remis à l’opérateur.')) AS e (step, event, text)
   WHERE step < 4 OR c.state NOT IN ('held', 'parked', 'not-sent', 'in-delivery')`,
];
