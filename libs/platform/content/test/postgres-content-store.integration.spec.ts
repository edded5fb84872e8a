import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Database } from '@pfi/platform-postgres';
import { assertRowLevelSecurity, createTestDatabase } from '@pfi/platform-postgres/testing';
import type { TestDatabase } from '@pfi/platform-postgres/testing';
import { contentTable } from '../src/content-table.sql.js';
import { PostgresContentStore } from '../src/postgres-content-store.js';
import { describeContentStore } from '../src/testing/content-store.suite.js';

class CreateContent1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(contentTable());
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}

let testDatabase: TestDatabase;
let database: Database;
let store: PostgresContentStore;

beforeAll(async () => {
  testDatabase = await createTestDatabase([{ schema: 'documents', migrations: [CreateContent1790000000000] }]);
  database = await testDatabase.open('documents');
  store = new PostgresContentStore(database);
}, 60_000);

afterAll(() => testDatabase?.drop());

describeContentStore('PostgreSQL', () => ({
  store,
  transaction: (scopes, work) => database.transaction(scopes, work),
}));

describe('contents in PostgreSQL', () => {
  it('forgets what a transaction that fails had put', async () => {
    const owner = `ej:${randomUUID()}`;
    let sha256 = '';
    const failing = database.transaction([owner], async (tx) => {
      sha256 = await store.put(tx, owner, randomBytes(100), 'text/xml');
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    await expect(store.read([owner], owner, sha256)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
    expect(await store.readSmall([owner], [{ owner, sha256 }], 1_000)).toEqual(new Map());
  });

  it('refuses to store for an owner outside the scopes', async () => {
    const put = database.transaction(['ej:one'], (tx) => store.put(tx, 'ej:two', randomBytes(10), 'text/xml'));
    await expect(put).rejects.toThrow(/row-level security/);
  });

  it('is hidden from the system role', async () => {
    const system = await testDatabase.open('documents', { role: 'system' });
    await expect(system.transaction([], (tx) => tx.query('SELECT FROM content'))).rejects.toThrow(/permission denied/);
  });

  it('keeps row-level security on every table', async () => {
    await assertRowLevelSecurity(testDatabase.adminUrl, 'documents');
  });
});
