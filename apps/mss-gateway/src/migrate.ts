import { migrate } from '@pfi/platform-postgres';
import { exitOnSettingsError } from '@pfi/platform-settings';
import { readMigrationUrl } from '@pfi/platform-service';
import { migrations } from './persistence/migrations/index.js';

await exitOnSettingsError(() => migrate({ url: readMigrationUrl(), schema: 'mss', migrations }));
