import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again, `everyMs` after the last look ended. Returns how to stop: it resolves, or rejects, as the last look does. */
export function lookRepeatedly(everyMs: number, look: () => Promise<void>): () => Promise<void> {
  let looking = true;
  const looks = (async () => {
    while (looking) {
      await look();
      await delay(everyMs);
    }
  })();
  return () => {
    looking = false;
    return looks;
  };
}
