import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { addresses } from '../commands/addresses.js';
import { say, interruption, untilInterrupted, withStack } from '../commands/foreground.js';
import { playDay } from './play-day.js';

/** `npm run demo`: everything up, a day played. With `-- --exit`: checks, prints and stops. */
export async function demo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { exit: { type: 'boolean', default: false } } });
  const began = performance.now();
  say('starting the platform');
  return withStack({}, async (stack, interrupted) => {
    say(`ready in ${((performance.now() - began) / 1000).toFixed(1)} s, playing a day`);
    const day = await Promise.race([playDay(stack, say), interruption(interrupted)]);
    if (!day) return 130;
    for (const line of day.lines) say(line);
    for (const problem of day.problems) say(`NOT AS EXPECTED: ${problem}`);
    const code = day.problems.length > 0 ? 1 : 0;
    if (values.exit) return code;
    say('where to look:');
    for (const line of addresses(stack)) say(line);
    say('Ctrl-C stops everything');
    await untilInterrupted(interrupted);
    return code;
  });
}
