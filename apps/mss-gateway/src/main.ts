import { exitOnSettingsError } from '@pfi/platform-settings';
import { ServicePlatform } from '@pfi/platform-service';
import { mssGatewayParts } from './app.module.js';
import { readConfig } from './config.js';
import { migrations } from './persistence/migrations/index.js';

await exitOnSettingsError(async () => {
  const config = readConfig();
  const platform = await ServicePlatform.open({
    ...{ name: 'mss-gateway', schema: 'mss', migrations, settings: config },
    gatherMs: 50,
  });
  await platform.run(mssGatewayParts(platform, config));
});
