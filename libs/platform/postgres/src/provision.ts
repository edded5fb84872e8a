import pg from 'pg';
import { toDatabaseError } from './database-errors.js';
import { sqlName } from './owner-policy.sql.js';

export interface ProvisionedService {
  readonly schema: string;
  readonly passwords: { readonly owner: string; readonly service: string; readonly system: string };
}

export interface ProvisionOptions {
  /** Put before every role name; for several platforms on one server. Default none. */
  readonly rolePrefix?: string;
}

export interface RoleNames {
  /** Owns schema and tables, runs migrations. */
  readonly owner: string;
  /** The service. */
  readonly service: string;
  /** Relay, consumers' bookkeeping and jobs. */
  readonly system: string;
}

export function roleNames(schema: string, rolePrefix = ''): RoleNames {
  const base = sqlName(`${rolePrefix}${schema}`);
  return { owner: `${base}_owner`, service: base, system: `${base}_system` };
}

/**
 * Creates the schema and the three roles of each service in the database of `adminUrl`, or brings them up to date.
 * Safe to run again, and by several processes at once. The admin needs CREATEROLE and CREATE on the database, no more.
 */
export async function provision(
  adminUrl: string,
  services: readonly ProvisionedService[],
  options: ProvisionOptions = {},
): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'pfi-provision' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [PROVISION_LOCK]);
    for (const service of services) await provisionService(client, service, options.rolePrefix ?? '');
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const PROVISION_LOCK = 7_106_001;

async function provisionService(client: pg.Client, service: ProvisionedService, rolePrefix: string): Promise<void> {
  const roles = roleNames(service.schema, rolePrefix);
  for (const key of ['owner', 'service', 'system'] as const) {
    await patiently(() => ensureRole(client, roles[key], service.passwords[key]));
  }
  await patiently(() => client.query(`GRANT ${roles.owner} TO CURRENT_USER`));
  const schema = sqlName(service.schema);
  await patiently(() => client.query(schemaSql(schema, roles)));
}

/** Roles are of the whole server, advisory locks of one database: two databases provisioned at once may still collide. */
async function patiently(step: () => Promise<unknown>): Promise<void> {
  for (let run = 1; ; run += 1) {
    try {
      await step();
      return;
    } catch (error) {
      if (run >= 20 || !isCollision(error)) throw error;
      await new Promise((resume) => setTimeout(resume, 10 + Math.random() * 20 * run));
    }
  }
}

function isCollision(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === '23505' || code === '42710' || code === '40P01' || (message ?? '').includes('concurrently updated');
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const known = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (known.rowCount === 0) {
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  } else {
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  }
}

const schemaSql = (schema: string, { owner, service, system }: RoleNames): string => `BEGIN;
CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${owner};
SET LOCAL ROLE ${owner};
GRANT USAGE ON SCHEMA ${schema} TO ${service}, ${system};
ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${service};
ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT USAGE ON SEQUENCES TO ${service};
COMMIT`;
