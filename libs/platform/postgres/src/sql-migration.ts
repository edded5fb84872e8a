import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { MigrationClass } from './migrate.js';

/**
 * A migration written as hand-read SQL: `name` ends in its 13-digit timestamp; statements run in order, in one transaction,
 * forward only.
 */
export function sqlMigration(name: string, statements: () => readonly string[]): MigrationClass {
  return class implements MigrationInterface {
    readonly name = name;

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of statements()) await runner.query(statement);
    }

    async down(): Promise<void> {
      throw new Error('migrations go forward only');
    }
  };
}
