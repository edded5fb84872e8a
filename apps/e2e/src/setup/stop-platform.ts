import './start-platform.js';

/** Jest's global teardown. */
export default async function stopPlatform(): Promise<void> {
  await globalThis.runningPlatform?.stop();
}
