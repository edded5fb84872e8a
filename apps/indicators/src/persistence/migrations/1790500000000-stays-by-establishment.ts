import { sqlMigration } from '@pfi/platform-postgres';

/**
 * Stays are listed by establishment: whoever asks about a small one does not read the verdicts of the others. All that a list is
 * chosen by is in the index.
 */
export const StaysByEstablishment1790500000000 = sqlMigration('StaysByEstablishment1790500000000', () => [
  `DROP INDEX verdict_by_day`,
  `CREATE INDEX verdict_of_establishment ON verdict (generation, code, establishment, day, stay_id)
     INCLUDE (gross, net, unit_group, owner)`,
]);
