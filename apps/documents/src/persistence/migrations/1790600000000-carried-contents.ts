import { carriedContents } from '@pfi/platform-intake';
import { sqlMigration } from '@pfi/platform-postgres';

/** The journal names the document of a message instead of keeping it a second time. */
export const CarriedContents1790600000000 = sqlMigration('CarriedContents1790600000000', () => carriedContents());
