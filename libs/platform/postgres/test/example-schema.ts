import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ownerPolicy, standardTables } from '../src/index.js';

export class CreateStandardTables1790000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(standardTables());
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}

export class CreateStay1790000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE stay (
      id uuid PRIMARY KEY, owner text NOT NULL, establishment text NOT NULL, day date, counter bigint NOT NULL DEFAULT 0);
      ${ownerPolicy('stay', { establishmentColumn: 'establishment' })}`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}

export const migrations = [CreateStandardTables1790000000001, CreateStay1790000000002];

/** Polls until `check` gives something; fails with its name after the deadline. */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(`did not happen in time: ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
