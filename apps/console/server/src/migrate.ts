import { migrate } from '@pfi/platform-postgres';
import { readMigrationUrl } from '@pfi/platform-service';
import { exitOnSettingsError } from '@pfi/platform-settings';
import { migrations } from './persistence/migrations/index.js';

await exitOnSettingsError(() => migrate({ url: readMigrationUrl(), schema: 'console', migrations }));
