import { ADDRESS_VARIABLE } from './platform-address.js';
import { RunningPlatform } from './running-platform.js';

declare global {
  var runningPlatform: RunningPlatform | undefined;
}

/** Jest's global setup: journeys find the platform's address in the environment. */
export default async function startPlatform(): Promise<void> {
  globalThis.runningPlatform = await RunningPlatform.start();
  process.env[ADDRESS_VARIABLE] = JSON.stringify(globalThis.runningPlatform.address);
}
