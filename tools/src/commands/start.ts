import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { parts, replacedParts } from '../stack/environment.js';
import { PidFiles } from '../stack/pid-file.js';
import { choosePorts } from '../stack/ports.js';
import { defaultStateDir, readSettings } from '../stack/settings.js';
import { addresses } from './addresses.js';
import type { Addressed } from './addresses.js';
import { say, untilInterrupted, withStack } from './foreground.js';

/** `npm start`: everything up, in the foreground until Ctrl-C. */
export async function start(): Promise<number> {
  const running = await runningElsewhere();
  if (running) {
    say('already running: stop it with Ctrl-C where it was started');
    for (const line of addresses(running)) say(line);
    return 0;
  }
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

async function runningElsewhere(): Promise<Addressed | undefined> {
  const settings = readSettings();
  const stateDir = defaultStateDir(settings);
  if (!existsSync(stateDir) || !new PidFiles(stateDir).launcher()) return undefined;
  const replaced = replacedParts(settings);
  const names = parts.filter((part) => !replaced.includes(part));
  return { ports: await choosePorts('default', settings), names, stateDir };
}
