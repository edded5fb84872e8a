import { sqlMigration } from '@pfi/platform-postgres';
import { accessTables } from '@pfi/platform-service';

export const AccessTrail1790400000000 = sqlMigration('AccessTrail1790400000000', () => accessTables());
