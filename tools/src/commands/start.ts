import { performance } from 'node:perf_hooks';
import { addresses } from './addresses.js';
import { say, untilInterrupted, withStack } from './foreground.js';

/** `npm start`: everything up, in the foreground until Ctrl-C. */
export async function start(): Promise<number> {
  const began = performance.now();
  say('starting the platform');
  return withStack({}, async (stack, interrupted) => {
    say(`ready in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    for (const line of addresses(stack)) say(line);
    say('Ctrl-C stops everything');
    await untilInterrupted(interrupted);
    return 0;
  });
}
