import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { assertSchemaCurrent, Database, migrate, provision, roleNames } from '../src/index.js';
import { assertRowLevelSecurity, createTestDatabase, tablesWithoutRowLevelSecurity } from '../src/testing/index.js';
import type { TestDatabase } from '../src/testing/index.js';
import { CreateStandardTables1790000000001, CreateStay1790000000002, migrations } from './example-schema.js';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase([]);
}, 60_000);

afterAll(() => test?.drop());

const passwords = { owner: 'un', service: "l'autre", system: 'trois\\' };

async function newSchema(): Promise<{ schema: string; ownerUrl: string; serviceUrl: string }> {
  const schema = `s${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await provision(test.adminUrl, [{ schema, passwords }]);
  return { schema, ownerUrl: urlOf(schema, 'owner'), serviceUrl: urlOf(schema, 'service') };
}

function urlOf(schema: string, role: 'owner' | 'service' | 'system', admin = test.adminUrl): string {
  const url = new URL(admin);
  url.username = roleNames(schema)[role];
  url.password = encodeURIComponent(passwords[role]);
  return url.toString();
}

async function dropRoles(schema: string): Promise<void> {
  const { owner, service, system } = roleNames(schema);
  await test.admin(`DROP SCHEMA ${schema} CASCADE`);
  await test.admin(`DROP OWNED BY ${owner}, ${service}, ${system}; DROP ROLE ${owner}, ${service}, ${system}`);
}

describe('provisioning', () => {
  it('may be repeated, and run by several at once', async () => {
    const schemas = ['a', 'b'].map((name) => `${name}${randomUUID().replaceAll('-', '').slice(0, 12)}`);
    const services = schemas.map((schema) => ({ schema, passwords }));
    await Promise.all([1, 2, 3].map(() => provision(test.adminUrl, services)));
    await provision(test.adminUrl, services);
    for (const schema of schemas) {
      for (const role of ['owner', 'service', 'system'] as const) {
        const database = await Database.open({
          url: urlOf(schema, role),
          schema,
          applicationName: 'pfi-test',
          poolSize: 1,
        });
        await database.ping();
        await database.close();
      }
      await dropRoles(schema);
    }
  }, 30_000);

  it('gives no role the right to skip row-level security, and the service no right to change the schema', async () => {
    const { schema, serviceUrl } = await newSchema();
    const roles = await test.admin<{ privileged: boolean }>(
      `SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS privileged FROM pg_roles WHERE rolname = ANY ($1)`,
      [Object.values(roleNames(schema))],
    );
    expect(roles).toEqual(Array(3).fill({ privileged: false }));
    const service = await Database.open({ url: serviceUrl, schema, applicationName: 'pfi-test' });
    const create = service.transaction([], (tx) => tx.query('CREATE TABLE mine (id int)'));
    await expect(create).rejects.toThrow(/permission denied/);
    await service.close();
    await dropRoles(schema);
  });

  it('needs an administrator with CREATEROLE and CREATE on the database only', async () => {
    const admin = `admin_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    await test.admin(`CREATE ROLE ${admin} LOGIN CREATEROLE PASSWORD 'x'`);
    await test.admin(`GRANT CREATE ON DATABASE ${test.name} TO ${admin}`);
    const url = new URL(test.adminUrl);
    url.username = admin;
    url.password = 'x';
    const schema = `s${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    await provision(url.toString(), [{ schema, passwords }]);
    await provision(url.toString(), [{ schema, passwords }]);
    expect(await migrate({ url: urlOf(schema, 'owner'), schema, migrations })).toHaveLength(2);
    await dropRoles(schema);
    await test.admin(`DROP OWNED BY ${admin}; DROP ROLE ${admin}`);
  });

  it.each(['Identity', 'a b', 'x; DROP', ''])('refuses the schema name %j', async (schema) => {
    await expect(provision(test.adminUrl, [{ schema, passwords }])).rejects.toThrow(TypeError);
  });
});

describe('test databases', () => {
  it('may be created by several suites at once', async () => {
    const databases = await Promise.all(
      [1, 2, 3, 4].map(() => createTestDatabase([{ schema: 'identity', migrations }])),
    );
    expect(new Set(databases.map((database) => database.name)).size).toBe(4);
    await Promise.all(databases.map((database) => database.drop()));
  }, 60_000);
});

describe('migrations', () => {
  it('are applied once, in order, by whoever comes first', async () => {
    const { schema, ownerUrl } = await newSchema();
    const runs = await Promise.all([1, 2, 3].map(() => migrate({ url: ownerUrl, schema, migrations })));
    expect(runs.flat()).toEqual(['CreateStandardTables1790000000001', 'CreateStay1790000000002']);
    expect(await migrate({ url: ownerUrl, schema, migrations })).toEqual([]);
    await dropRoles(schema);
  }, 30_000);

  it('refuse a role that is not the owner of the schema', async () => {
    const { schema, serviceUrl } = await newSchema();
    for (const url of [serviceUrl, test.adminUrl]) {
      await expect(migrate({ url, schema, migrations })).rejects.toMatchObject({ code: 'MIGRATION_ROLE_WRONG' });
    }
    await dropRoles(schema);
  });

  it('leave nothing of one that fails', async () => {
    class Fails1790000000003 implements MigrationInterface {
      async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query('CREATE TABLE half (id int)');
        await queryRunner.query('SELECT 1 / 0');
      }

      async down(): Promise<void> {
        throw new Error('forward only');
      }
    }
    const { schema, ownerUrl } = await newSchema();
    const failing = migrate({ url: ownerUrl, schema, migrations: [...migrations, Fails1790000000003] });
    await expect(failing).rejects.toThrow(/division by zero/);
    expect(await test.admin('SELECT FROM pg_tables WHERE tablename = $1', ['half'])).toEqual([]);
    expect(await migrate({ url: ownerUrl, schema, migrations })).toEqual([]);
    await dropRoles(schema);
  });

  it('keep row-level security on every standard table, and name the table that lacks it', async () => {
    const { schema, ownerUrl } = await newSchema();
    await migrate({ url: ownerUrl, schema, migrations });
    await assertRowLevelSecurity(test.adminUrl, schema);
    await test.admin(`CREATE TABLE ${schema}.forgotten (id int)`);
    await test.admin(`ALTER TABLE ${schema}.stay NO FORCE ROW LEVEL SECURITY`);
    expect(await tablesWithoutRowLevelSecurity(test.adminUrl, schema)).toEqual(['forgotten', 'stay']);
    await expect(assertRowLevelSecurity(test.adminUrl, schema)).rejects.toThrow(/forgotten, stay/);
    await dropRoles(schema);
  });
});

describe('a service at boot', () => {
  it('accepts the schema it was written for, and no other', async () => {
    const { schema, ownerUrl, serviceUrl } = await newSchema();
    const service = await Database.open({ url: serviceUrl, schema, applicationName: 'pfi-test' });
    const refusal = { code: 'SCHEMA_NOT_CURRENT' };
    await expect(assertSchemaCurrent(service, schema, migrations)).rejects.toMatchObject(refusal);
    await migrate({ url: ownerUrl, schema, migrations: [CreateStandardTables1790000000001] });
    await expect(assertSchemaCurrent(service, schema, migrations)).rejects.toMatchObject({
      ...refusal,
      missing: ['CreateStay1790000000002'],
    });
    await migrate({ url: ownerUrl, schema, migrations: [CreateStandardTables1790000000001, CreateStay1790000000002] });
    await assertSchemaCurrent(service, schema, migrations);
    const older = assertSchemaCurrent(service, schema, [CreateStandardTables1790000000001]);
    await expect(older).rejects.toMatchObject({ ...refusal, unknown: ['CreateStay1790000000002'] });
    await service.close();
    await dropRoles(schema);
  });

  it('cannot mark a migration as applied', async () => {
    const { schema, ownerUrl, serviceUrl } = await newSchema();
    await migrate({ url: ownerUrl, schema, migrations });
    const service = await Database.open({ url: serviceUrl, schema, applicationName: 'pfi-test' });
    const forging = service.transaction([], (tx) =>
      tx.query(`INSERT INTO migration (timestamp, name) VALUES (1, 'x')`),
    );
    await expect(forging).rejects.toThrow(/permission denied/);
    await service.close();
    await dropRoles(schema);
  });
});
