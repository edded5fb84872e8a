import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Database } from '../database.js';
import type { DatabaseOptions } from '../database.js';
import { migrate } from '../migrate.js';
import type { MigrationClass } from '../migrate.js';
import { provision, roleNames } from '../provision.js';
import type { RoleNames } from '../provision.js';

/** Roles are of the whole server: the same for every test database, with a prefix that no installation uses. */
const ROLE_PREFIX = 'pfi_test_';
const PASSWORD = 'pfi-test';

export interface TestSchema {
  readonly schema: string;
  readonly migrations?: readonly MigrationClass[];
}

export interface TestDatabase {
  readonly name: string;
  /** The test server's own administrator, on this database. */
  readonly adminUrl: string;
  url(schema: string, role?: keyof RoleNames): string;
  /** A pool of the role `service` unless said otherwise; closed by `drop`. */
  open(
    schema: string,
    options?: Partial<Omit<DatabaseOptions, 'url' | 'schema'>> & { role?: keyof RoleNames },
  ): Promise<Database>;
  /** Ends every other connection as an outage would. */
  terminateConnections(applicationName?: string): Promise<number>;
  /** Rows as the administrator sees them. */
  admin<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/**
 * A fresh database on the server of TEST_DATABASE_URL: roles provisioned, schemas migrated. Fails when the variable is
 * unset, or names a database without `test` in its name.
 */
export async function createTestDatabase(schemas: readonly TestSchema[]): Promise<TestDatabase> {
  const server = testServer();
  const name = `pfi_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name}`));
  const database = new FreshDatabase(server, name);
  try {
    await provision(
      database.adminUrl,
      schemas.map(({ schema }) => ({ schema, passwords: { owner: PASSWORD, service: PASSWORD, system: PASSWORD } })),
      { rolePrefix: ROLE_PREFIX },
    );
    for (const { schema, migrations = [] } of schemas) {
      await migrate({ url: database.url(schema, 'owner'), schema, migrations });
    }
  } catch (error) {
    await database.drop();
    throw error;
  }
  return database;
}

function testServer(): URL {
  const text = process.env['TEST_DATABASE_URL'];
  if (text === undefined || text === '') throw new Error('TEST_DATABASE_URL is not set');
  const url = new URL(text);
  if (!url.pathname.includes('test')) throw new Error('TEST_DATABASE_URL must name a database whose name holds "test"');
  return url;
}

async function onServer<T>(url: URL | string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url.toString(), application_name: 'pfi-test-admin' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

class FreshDatabase implements TestDatabase {
  readonly adminUrl: string;
  private readonly opened: Database[] = [];

  constructor(
    private readonly server: URL,
    readonly name: string,
  ) {
    const admin = new URL(server);
    admin.pathname = `/${name}`;
    this.adminUrl = admin.toString();
  }

  url(schema: string, role: keyof RoleNames = 'service'): string {
    const url = new URL(this.adminUrl);
    url.username = roleNames(schema, ROLE_PREFIX)[role];
    url.password = PASSWORD;
    return url.toString();
  }

  async open(
    schema: string,
    options: Partial<Omit<DatabaseOptions, 'url' | 'schema'>> & { role?: keyof RoleNames } = {},
  ): Promise<Database> {
    const { role, ...rest } = options;
    const database = await Database.open({ url: this.url(schema, role), schema, applicationName: 'pfi-test', ...rest });
    this.opened.push(database);
    return database;
  }

  async terminateConnections(applicationName?: string): Promise<number> {
    const rows = await this.admin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND ($1::text IS NULL OR application_name = $1)`,
      [applicationName ?? null],
    );
    return rows.length;
  }

  async admin<Row = Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return onServer(this.adminUrl, async (client) => (await client.query(sql, [...values])).rows as Row[]);
  }

  async drop(): Promise<void> {
    await Promise.all(this.opened.map((database) => database.close()));
    await onServer(this.server, (client) => client.query(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`));
  }
}
