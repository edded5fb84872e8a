import pg from 'pg';

/** The tables of `schema` that lack ENABLE, FORCE or a policy (S-01); read as any role that may connect. */
export async function tablesWithoutRowLevelSecurity(adminUrl: string, schema: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const found = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
         AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
       ORDER BY 1`,
      [schema],
    );
    return found.rows.map((row) => row.name);
  } finally {
    await client.end();
  }
}

/** Fails with the names of the tables that lack ENABLE, FORCE or a policy (S-01). */
export async function assertRowLevelSecurity(adminUrl: string, schema: string): Promise<void> {
  const open = await tablesWithoutRowLevelSecurity(adminUrl, schema);
  if (open.length > 0) throw new Error(`tables of ${schema} without full row-level security: ${open.join(', ')}`);
}
