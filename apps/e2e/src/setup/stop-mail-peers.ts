import './start-mail-peers.js';

/** Jest's global teardown. */
export default async function stopMailPeers(): Promise<void> {
  await globalThis.runningPlatform?.stop();
  await globalThis.mailPeers?.stop();
}
