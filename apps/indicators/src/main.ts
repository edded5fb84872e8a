import { ServicePlatform } from '@pfi/platform-service';
import { exitOnSettingsError } from '@pfi/platform-settings';
import { indicatorsParts } from './app.module.js';
import { readConfig } from './config.js';
import { migrations } from './persistence/migrations/index.js';

await exitOnSettingsError(async () => {
  const config = readConfig();
  const platform = await ServicePlatform.open({
    name: 'indicators',
    schema: 'indicators',
    migrations,
    settings: config,
    plans: 'any',
    gatherMs: 200,
  });
  await platform.run(indicatorsParts(platform, config));
});
