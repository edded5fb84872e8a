import { resolve } from 'node:path';
import { loadGhtFile } from '@pfi/platform-settings';
import { runChecks } from '../checks/all-checks.js';
import { lastLine } from '../tally.js';
import { say } from './foreground.js';

/** `npm run check`: types, lint, format, boundaries, lockfile, chart. `npm run check -- <file>`: one GHT file. */
export async function check([file]: readonly string[]): Promise<number> {
  if (file !== undefined) {
    const ght = loadGhtFile(resolve(file));
    say(`${file}: ${ght.legalEntities.length} legal entities, ${ght.sources.length} sources, no problem found`);
    return 0;
  }
  const tally = await runChecks(say);
  say(lastLine(tally));
  return tally.failed === 0 ? 0 : 1;
}
