/**
 * The scopes of the running transaction, as an array evaluated once per query (the sub-select becomes an InitPlan,
 * never a per-row expression). Unset or empty = no scope = no row (S-02).
 */
export const SCOPES_SQL = `(SELECT string_to_array(current_setting('app.scopes', true), ','))::text[]`;

/** In SQL executed by a migration: the name of the system role that belongs to the running `<schema>_owner`. */
export const SYSTEM_ROLE_SQL = `regexp_replace(current_user, '_owner$', '_system')`;

const identifier = /^[a-z_][a-z0-9_]*$/;

/** Refuses anything but a plain lower-case SQL name, so that names can be written into SQL text. */
export function sqlName(name: string): string {
  if (!identifier.test(name)) throw new TypeError(`not a plain SQL name: ${JSON.stringify(name)}`);
  return name;
}

export interface OwnerPolicyOptions {
  /** A column that holds a FINESS EG: rows are then also visible to the scope `eg:<finess>`. */
  readonly establishmentColumn?: string;
  /** Default `owner`. */
  readonly ownerColumn?: string;
}

/**
 * Row-level security of one table (S-01): ENABLE + FORCE, one policy with USING and WITH CHECK on the scopes of the
 * transaction. A scope of an establishment lets its rows be read, never written under another owner.
 */
export function ownerPolicy(table: string, options: OwnerPolicyOptions = {}): string {
  const name = sqlName(table);
  const owned = `${sqlName(options.ownerColumn ?? 'owner')} = ANY (${SCOPES_SQL})`;
  const reported = options.establishmentColumn
    ? `\nCREATE POLICY establishment ON ${name} FOR SELECT USING ('eg:' || ${sqlName(options.establishmentColumn)} = ANY (${SCOPES_SQL}));`
    : '';
  return `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON ${name} USING (${owned}) WITH CHECK (${owned});${reported}`;
}

/**
 * Opens one table to the `<schema>_system` role (relay, consumers, jobs), all rows of every owner. Only for the tables
 * that carry work between services; never for a business table (design D4).
 */
export function systemPolicy(table: string): string {
  const name = sqlName(table);
  return `DO $$ BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ${name} TO %I', ${SYSTEM_ROLE_SQL});
  EXECUTE format('CREATE POLICY system ON ${name} TO %I USING (true) WITH CHECK (true)', ${SYSTEM_ROLE_SQL});
END $$;`;
}
