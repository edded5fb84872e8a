import { ownerPolicy, sqlMigration } from '@pfi/platform-postgres';

const DAY = `(received_at AT TIME ZONE 'Europe/Paris')::date`;

/** What each table adds to the ledger: one unit under the name of an entry. */
const SOURCES = {
  message: { entry: `'received'`, where: `WHERE outcome = 'accepted'` },
  message_effect: { entry: 'kind', where: '' },
  document: { entry: 'state', where: '' },
} as const;

type Source = keyof typeof SOURCES;

const units = (source: Source, table: string, sign: 1 | -1): string =>
  `SELECT owner, ${DAY} AS day, ${SOURCES[source].entry} AS entry, ${sign} AS units FROM ${table} ${SOURCES[source].where}`;

/**
 * Counts what a statement added to and took from a table. Each table is counted on its own, whoever writes to it: sums that
 * disagree show what a program, or a hand, forgot. Rows are appended, so that no two transactions wait for one counter.
 */
function counted(source: Source): string[] {
  const record = (rows: string) =>
    `INSERT INTO ledger_change (owner, day, entry, units)
     SELECT owner, day, entry, sum(units) FROM (${rows}) AS changes GROUP BY owner, day, entry HAVING sum(units) <> 0`;
  const on = (event: 'INSERT' | 'UPDATE' | 'DELETE', tables: string) =>
    `CREATE TRIGGER ledger_${event.toLowerCase()} AFTER ${event} ON ${source} REFERENCING ${tables}
     FOR EACH STATEMENT EXECUTE FUNCTION ledger_of_${source}()`;
  return [
    // The path is the schema's own: a hand that writes with another one is counted too.
    `CREATE FUNCTION ledger_of_${source}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
     BEGIN
       IF TG_OP = 'INSERT' THEN ${record(units(source, 'added', 1))};
       ELSIF TG_OP = 'DELETE' THEN ${record(units(source, 'removed', -1))};
       ELSE ${record(`${units(source, 'added', 1)} UNION ALL ${units(source, 'removed', -1)}`)};
       END IF;
       RETURN NULL;
     END $$`,
    on('INSERT', 'NEW TABLE AS added'),
    on('UPDATE', 'OLD TABLE AS removed NEW TABLE AS added'),
    on('DELETE', 'OLD TABLE AS removed'),
    // What was there before the ledger.
    `ALTER TABLE ${source} NO FORCE ROW LEVEL SECURITY`,
    `INSERT INTO ledger_day (owner, day, entry, units)
     SELECT owner, day, entry, sum(units) FROM (${units(source, source, 1)}) AS kept GROUP BY owner, day, entry`,
    `ALTER TABLE ${source} FORCE ROW LEVEL SECURITY`,
  ];
}

/** The ledger (invariant I12): what came in against what became of it, by owner and day of reception. */
export const Ledger1790700000000 = sqlMigration('Ledger1790700000000', () => [
  // Accepted messages that made no document of their own.
  `CREATE TABLE message_effect (
     message_id uuid PRIMARY KEY,
     owner text NOT NULL,
     kind text NOT NULL CHECK (kind IN ('repeat', 'withdrawal')),
     -- Null: a repeat of before the ledger.
     document_id uuid,
     received_at timestamptz NOT NULL
   )`,
  ownerPolicy('message_effect'),
  // Changes not yet summed, and the sums.
  `CREATE TABLE ledger_change (owner text NOT NULL, day date NOT NULL, entry text NOT NULL, units bigint NOT NULL)`,
  ownerPolicy('ledger_change'),
  `CREATE TABLE ledger_day (
     owner text NOT NULL,
     day date NOT NULL,
     entry text NOT NULL,
     units bigint NOT NULL,
     PRIMARY KEY (owner, day, entry)
   ) WITH (fillfactor = 70)`,
  ownerPolicy('ledger_day'),
  // What a look at single documents and deliveries found wrong.
  `CREATE TABLE ledger_fault (
     kind text NOT NULL CHECK (kind IN ('document', 'delivery')),
     subject uuid NOT NULL,
     owner text NOT NULL,
     code text NOT NULL,
     since timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (kind, subject)
   )`,
  ownerPolicy('ledger_fault'),
  // When an owner's part was last looked at, and how far the walk over all documents had come then.
  `CREATE TABLE ledger_check (owner text PRIMARY KEY, walked_to uuid, checked_at timestamptz NOT NULL)`,
  ownerPolicy('ledger_check'),
  // Earlier messages that made no document of their own: repeats and withdrawals were not told apart before.
  `ALTER TABLE message NO FORCE ROW LEVEL SECURITY`,
  `ALTER TABLE document NO FORCE ROW LEVEL SECURITY`,
  `ALTER TABLE message_effect NO FORCE ROW LEVEL SECURITY`,
  // A deposit that was refused first keeps the day of its acceptance, as its document does.
  `UPDATE message m SET received_at = d.received_at FROM document d WHERE d.message_id = m.id AND d.received_at <> m.received_at`,
  `INSERT INTO message_effect (message_id, owner, kind, document_id, received_at)
   SELECT m.id, m.owner, CASE WHEN w.id IS NULL THEN 'repeat' ELSE 'withdrawal' END, w.id, m.received_at
   FROM message m LEFT JOIN document w ON w.owner = m.owner AND w.withdrawal ->> 'controlId' = m.control_id
   WHERE m.outcome = 'accepted' AND NOT EXISTS (SELECT FROM document d WHERE d.message_id = m.id)
   ON CONFLICT DO NOTHING`,
  ...(Object.keys(SOURCES) as Source[]).flatMap(counted),
]);
