import { sqlMigration } from '@pfi/platform-postgres';

/** Replacements and withdrawals: what a delivery does, what its destination gave back, who asked for a withdrawal. */
export const Versions1790100000000 = sqlMigration('Versions1790100000000', () => [
  `ALTER TABLE lineage DROP COLUMN last_version`,
  `ALTER TABLE delivery ADD COLUMN operation text NOT NULL DEFAULT 'send' CHECK (operation IN ('send', 'replace', 'withdraw'))`,
  `ALTER TABLE delivery ADD COLUMN receipt jsonb`,
  // Source, control id and flags of the message that withdraws the document.
  `ALTER TABLE document ADD COLUMN withdrawal jsonb`,
  `CREATE INDEX document_withdrawal_control ON document ((withdrawal ->> 'controlId')) WHERE withdrawal IS NOT NULL`,
]);
