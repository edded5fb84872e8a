import { SCOPES_SQL, SYSTEM_ROLE_SQL } from '@pfi/platform-postgres';

/** No trace is younger than this when it goes, whatever the settings say: 6 months (CSP). */
export const SHORTEST_RETENTION_DAYS = 183;

const SERVICE_ROLE_SQL = `regexp_replace(current_user, '_owner$', '')`;

const protect = (table: string): string => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON ${table} FOR SELECT USING (owner = ANY (${SCOPES_SQL}));
DO $$ BEGIN
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON ${table} FROM %I', ${SERVICE_ROLE_SQL});
  EXECUTE format('CREATE POLICY system_reads ON ${table} FOR SELECT TO %I USING (true)', ${SYSTEM_ROLE_SQL});
END $$;`;

const grant = (...statements: readonly string[]): string => `DO $$ BEGIN
${statements.map((statement) => `  EXECUTE format('${statement}', ${SYSTEM_ROLE_SQL});`).join('\n')}
END $$;`;

/**
 * For a migration of any service: the access trail (S-13). The service appends and reads, it can neither change nor delete, nor say
 * when something happened. The system role seals (gives a record its segment, once) and removes sealed records past their time.
 */
export const accessTables = (): readonly string[] => [
  `CREATE TABLE access_record (
     id uuid PRIMARY KEY,
     owner text NOT NULL,
     at timestamptz NOT NULL DEFAULT now(),
     -- who, as the token says: subject and issuer of OpenID Connect
     subject text NOT NULL,
     issuer text NOT NULL,
     machine boolean NOT NULL,
     action text NOT NULL,
     -- what was shown or acted on, of this owner
     patients uuid[] NOT NULL,
     documents uuid[] NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('SUCCESS', 'CROSS_TENANT')),
     -- code of purpose of use
     purpose text,
     -- names of the criteria of a search, name of another thing that was asked for; never a value of theirs
     details text[] NOT NULL,
     -- given once, by the seal
     segment bigint
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX access_of_owner ON access_record (owner, at DESC, id DESC)`,
  `CREATE INDEX access_by_subject ON access_record (subject, at DESC, id DESC)`,
  `CREATE INDEX access_segment_of ON access_record (segment, owner)`,
  protect('access_record'),
  // Of any owner: a reader of one establishment leaves a trace that only its legal entity may read.
  `DO $$ BEGIN
     EXECUTE format('GRANT INSERT (id, owner, subject, issuer, machine, action, patients, documents, outcome, purpose, details)
       ON access_record TO %I', ${SERVICE_ROLE_SQL});
     EXECUTE format('CREATE POLICY appended ON access_record FOR INSERT TO %I WITH CHECK (segment IS NULL)', ${SERVICE_ROLE_SQL});
   END $$`,
  grant(
    'GRANT SELECT, UPDATE (segment), DELETE ON access_record TO %I',
    'CREATE POLICY sealed ON access_record FOR UPDATE TO %I USING (segment IS NULL) WITH CHECK (segment IS NOT NULL)',
    `CREATE POLICY removed ON access_record FOR DELETE TO %I
       USING (segment IS NOT NULL AND at < now() - interval ''${SHORTEST_RETENTION_DAYS} days'')`,
  ),
  // One link of the chain of an owner. Its digest covers the rest of the row and the digest before.
  `CREATE TABLE access_segment (
     owner text NOT NULL,
     number bigint NOT NULL,
     records integer NOT NULL,
     first_at timestamptz NOT NULL,
     last_at timestamptz NOT NULL,
     content text NOT NULL,
     previous text NOT NULL,
     digest text NOT NULL,
     sealed_at timestamptz NOT NULL DEFAULT now(),
     -- its records were removed at the end of their time; the link stays
     removed_at timestamptz,
     PRIMARY KEY (owner, number)
   )`,
  `CREATE INDEX access_segment_ends ON access_segment (last_at) WHERE removed_at IS NULL`,
  protect('access_segment'),
  grant(
    'GRANT SELECT, INSERT, UPDATE (removed_at) ON access_segment TO %I',
    'CREATE POLICY appended ON access_segment FOR INSERT TO %I WITH CHECK (removed_at IS NULL)',
    `CREATE POLICY removed ON access_segment FOR UPDATE TO %I
       USING (removed_at IS NULL AND last_at < now() - interval ''${SHORTEST_RETENTION_DAYS} days'') WITH CHECK (true)`,
  ),
  // In which segments a patient or a document is: a search tool, remade from the records.
  `CREATE TABLE access_subject (
     subject uuid NOT NULL,
     owner text NOT NULL,
     segment bigint NOT NULL,
     PRIMARY KEY (subject, owner, segment)
   )`,
  `CREATE INDEX access_subject_segment ON access_subject (owner, segment)`,
  protect('access_subject'),
  grant(
    'GRANT SELECT, INSERT, DELETE ON access_subject TO %I',
    'CREATE POLICY indexed ON access_subject FOR INSERT TO %I WITH CHECK (true)',
    'CREATE POLICY removed ON access_subject FOR DELETE TO %I USING (true)',
  ),
];
