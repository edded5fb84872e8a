import { ServicePlatform } from '@pfi/platform-service';
import { exitOnSettingsError } from '@pfi/platform-settings';
import { identityParts } from './app.module.js';
import { readConfig } from './config.js';
import { migrations } from './persistence/migrations/index.js';

await exitOnSettingsError(async () => {
  const config = readConfig();
  const platform = await ServicePlatform.open({
    name: 'identity',
    schema: 'identity',
    migrations,
    settings: config,
    gatherMs: 200,
  });
  await platform.run(identityParts(platform, config));
});
