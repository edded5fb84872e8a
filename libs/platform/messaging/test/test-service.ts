import { defineEvent, type EventContract, type Topic } from '@pfi/contracts';
import { ownerPolicy, standardTables } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { randomUUID } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';

export const SCHEMA = 'messaging';
export const OWNER = 'ej:750000001';
export const OTHER_OWNER = 'ej:750000002';

const topicOf = (name: string): Topic => ({
  name,
  owner: 'test',
  consumers: ['test'],
  key: 'lineage id',
  partitions: 4,
  retentionDays: 1,
});

export const lineages = topicOf('test.lineages');
/** Another producer's events about the same aggregates. */
export const answers = topicOf('test.answers');
/** The topic whose events hold the whole state. */
export const identities = topicOf('pfi.identity');

const schema = z.object({ lineageId: z.uuid(), value: z.string() });
const contractOf = (type: string, topic: Topic): EventContract<typeof schema> =>
  defineEvent({ type, topic, schema, aggregate: ({ lineageId }) => lineageId });

export const added = contractOf('test.thing-added.v1', lineages);
export const removed = contractOf('test.thing-removed.v1', lineages);
export const answered = contractOf('test.thing-answered.v1', answers);
/** No handler takes it. */
export const unheard = contractOf('test.thing-unheard.v1', lineages);
export const stateChanged = contractOf('test.state-changed.v1', identities);

class StandardTables1732000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(standardTables());
    await runner.query(
      `CREATE TABLE effect (position bigint GENERATED ALWAYS AS IDENTITY, owner text NOT NULL, aggregate text NOT NULL, value text NOT NULL)`,
    );
    await runner.query(ownerPolicy('effect'));
  }

  async down(): Promise<void> {}
}

export const createServiceDatabase = (): Promise<TestDatabase> =>
  createTestDatabase([{ schema: SCHEMA, migrations: [StandardTables1732000000000] }]);

/** Values that handlers kept for an aggregate, in order. */
export async function effectsOf(database: TestDatabase, aggregate: string): Promise<string[]> {
  const rows = await database.admin<{ value: string }>(
    `SELECT value FROM ${SCHEMA}.effect WHERE aggregate = $1 ORDER BY position`,
    [aggregate],
  );
  return rows.map(({ value }) => value);
}

export const newLineage = (): string => randomUUID();
