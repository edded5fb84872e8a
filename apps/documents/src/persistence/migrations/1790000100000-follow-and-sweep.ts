import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for patients that were merged, for deliveries that wait, and for deposits without key that come again. */
export class FollowAndSweep1790000100000 implements MigrationInterface {
  readonly name = 'FollowAndSweep1790000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX identity_retired ON identity (merged_into) WHERE merged_into IS NOT NULL`);
    await runner.query(`CREATE INDEX awaited_patient_document ON awaited_patient (document_id)`);
    await runner.query(
      `CREATE INDEX delivery_waiting ON delivery (owner, at) WHERE state = 'held' AND channel = 'dmp'`,
    );
    await runner.query(`CREATE INDEX message_deposit ON message (sha256) WHERE transport = 'rest'`);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
