import { sqlMigration } from '@pfi/platform-postgres';

/** What is known of a death: the indicators leave out stays that ended by it. */
export const Deaths1790200000000 = sqlMigration('Deaths1790200000000', () => [
  // YYYY-MM-DD, or unknown-day
  `ALTER TABLE patient ADD COLUMN deceased_on text`,
  `ALTER TABLE stay ADD COLUMN ended_by_death boolean NOT NULL DEFAULT false`,
]);
