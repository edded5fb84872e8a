import { exitOnSettingsError } from '@pfi/platform-settings';
import { readConfig } from './config.js';
import { startSimulators } from './simulators.js';

await exitOnSettingsError(async () => {
  const simulators = await startSimulators(readConfig());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void simulators.close().finally(() => process.exit(0));
    });
  }
  const { ports } = simulators;
  process.stdout.write(`${JSON.stringify({ level: 'info', service: 'national-sim', msg: 'ready', ports })}\n`);
});
