import { startService } from '@pfi/platform-http';
import { assertSchemaCurrent, Database } from '@pfi/platform-postgres';
import { exitOnSettingsError, Ght, loadGhtFile } from '@pfi/platform-settings';
import { createLogger } from '@pfi/platform-telemetry';
import { consoleParts } from './app.module.js';
import { readConfig } from './config.js';
import { migrations } from './persistence/migrations/index.js';

await exitOnSettingsError(async () => {
  const config = readConfig();
  const logger = createLogger('console');
  const ght = new Ght(loadGhtFile(config.PFI_GHT_FILE));
  const database = await Database.open({
    url: config.PFI_DATABASE_URL,
    schema: 'console',
    applicationName: 'pfi-console',
    poolSize: config.PFI_DATABASE_POOL_SIZE,
    onError: (error) => logger.warn({ code: (error as { code?: unknown }).code }, 'database connection lost'),
  });
  await assertSchemaCurrent(database, 'console', migrations);
  const { module, auth, services } = consoleParts(config, ght, database, logger);
  await startService({
    name: 'console',
    logger,
    module,
    config: { port: config.PFI_HTTP_PORT, auth },
    // Not the services behind it: the pages tell which of them is away.
    readiness: { database: () => database.ping() },
    shutdown: [{ name: 'services', stop: () => services.close() }],
    database,
  });
});
