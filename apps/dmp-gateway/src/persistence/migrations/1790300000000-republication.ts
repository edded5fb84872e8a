import { sqlMigration } from '@pfi/platform-postgres';
import { republicationTable } from '@pfi/platform-service';

export const Republication1790300000000 = sqlMigration('Republication1790300000000', () => republicationTable());
