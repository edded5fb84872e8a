import pg from 'pg';
import { DataSource } from 'typeorm';
import type { MigrationInterface } from 'typeorm';
import { PfiError } from '@pfi/health';
import type { Database } from './database.js';
import { toDatabaseError } from './database-errors.js';
import { sqlName } from './owner-policy.sql.js';

/** A TypeORM migration class, its name ending in a 13-digit timestamp. */
export type MigrationClass = new () => MigrationInterface;

export interface MigrateOptions {
  /** As `<schema>_owner`. */
  readonly url: string;
  readonly schema: string;
  /** Explicit, never a glob. Each runs in its own transaction, with `search_path` = the schema. */
  readonly migrations: readonly MigrationClass[];
}

/** The schema is not the one this version of the service was written for: it must not start. */
export class SchemaNotCurrent extends PfiError {
  constructor(
    schema: string,
    readonly missing: readonly string[],
    readonly unknown: readonly string[],
  ) {
    const parts = [
      ...(missing.length > 0 ? [`migrations à appliquer : ${missing.join(', ')}`] : []),
      ...(unknown.length > 0 ? [`migrations inconnues de cette version : ${unknown.join(', ')}`] : []),
    ];
    super(
      'SCHEMA_NOT_CURRENT',
      'conflict',
      `Le schéma « ${schema} » ne correspond pas à cette version du service (${parts.join(' ; ')}). Lancez les migrations de la version déployée.`,
    );
  }
}

/** Applies what is missing, forward only; returns the names applied. Several runners may start at once: one works, the others wait. */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const schema = sqlName(options.schema);
  // held on a connection of its own: migrations open and close their own transactions
  const lock = new pg.Client({ connectionString: options.url, application_name: `pfi-migrate-${schema}` });
  lock.on('error', () => undefined);
  try {
    await lock.connect();
    await lock.query('SELECT pg_advisory_lock(hashtext($1))', [`pfi-migrate:${schema}`]);
    await assertOwnerRole(lock, schema);
    return await applyMissing(options, schema);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await lock.end().catch(() => undefined);
  }
}

/** The policies of the other roles are derived from the name of this one. */
async function assertOwnerRole(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  if (rows[0]?.role.endsWith(`${schema}_owner`) === true) return;
  throw new PfiError(
    'MIGRATION_ROLE_WRONG',
    'invalid',
    `Les migrations du schéma « ${schema} » se lancent avec le rôle « ${schema}_owner ». Corrigez PFI_DATABASE_MIGRATION_URL.`,
  );
}

async function applyMissing(options: MigrateOptions, schema: string): Promise<readonly string[]> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    schema,
    applicationName: `pfi-migrate-${schema}`,
    migrations: [...options.migrations],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
    poolErrorHandler: () => undefined,
    extra: { max: 2, options: `-c search_path=${schema}`, lock_timeout: 10_000 },
  });
  await dataSource.initialize();
  try {
    const applied = await dataSource.runMigrations();
    await dataSource.query(migrationPolicies);
    return applied.map((migration) => migration.name);
  } finally {
    await dataSource.destroy();
  }
}

/** Everyone of the schema reads the list, its owner alone writes it. */
const migrationPolicies = `DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_policies WHERE schemaname = current_schema AND tablename = 'migration') THEN RETURN; END IF;
  ALTER TABLE migration ENABLE ROW LEVEL SECURITY;
  ALTER TABLE migration FORCE ROW LEVEL SECURITY;
  CREATE POLICY listed ON migration FOR SELECT USING (true);
  EXECUTE format('CREATE POLICY written ON migration TO %I USING (true) WITH CHECK (true)', current_user);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON migration FROM %I', regexp_replace(current_user, '_owner$', ''));
END $$`;

/** For a service at boot: raises SCHEMA_NOT_CURRENT unless exactly `migrations` are applied. */
export async function assertSchemaCurrent(
  database: Database,
  schema: string,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const applied = await database.transaction([], (tx) => appliedMigrations(tx.query.bind(tx)));
  const expected = migrations.map((migration) => new migration().name ?? migration.name);
  const missing = expected.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !expected.includes(name));
  if (missing.length > 0 || unknown.length > 0) throw new SchemaNotCurrent(schema, missing, unknown);
}

async function appliedMigrations(query: <Row>(text: string) => Promise<Row[]>): Promise<readonly string[]> {
  const [present] = await query<{ found: boolean }>(`SELECT to_regclass('migration') IS NOT NULL AS found`);
  if (present?.found !== true) return [];
  return (await query<{ name: string }>('SELECT name FROM migration ORDER BY id')).map((row) => row.name);
}
