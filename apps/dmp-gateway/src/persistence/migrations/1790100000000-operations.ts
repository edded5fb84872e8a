import { sqlMigration } from '@pfi/platform-postgres';

/** Replacements and withdrawals beside plain deposits. */
export const Operations1790100000000 = sqlMigration('Operations1790100000000', () => [
  `ALTER TABLE submission ADD COLUMN operation text NOT NULL DEFAULT 'send' CHECK (operation IN ('send', 'replace', 'withdraw'))`,
  // The registered entry that is replaced or deleted, known before the first byte leaves.
  `ALTER TABLE submission ADD COLUMN target_uuid text`,
]);
