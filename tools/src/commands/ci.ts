import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { runChecks } from '../checks/all-checks.js';
import { casesNamed, testCorpus } from '../corpus/corpus-command.js';
import { shortFaults } from '../faults/faults-command.js';
import { failure, lastLine, sum } from '../tally.js';
import type { Tally } from '../tally.js';
import { runTests } from '../test/test-run.js';
import { say, underSignals } from './foreground.js';

/** Of each problem, at the end: its name and what its message begins with. */
const LINES_SHOWN = 4;

/**
 * What `.ci/run` calls: every check, then every test, the official samples and the mail peers demanded, then the bad inputs, then the
 * fault suite in its short form.
 */
export async function ci(): Promise<number> {
  const given = process.env['PFI_REFERENCE_DIR'];
  const referenceDir = given && existsSync(given) ? given : undefined;
  const demanded: Tally[] = referenceDir
    ? []
    : [failure(`the official samples are demanded: PFI_REFERENCE_DIR (${given ?? 'not set'}) is no folder`)];
  const tally = await underSignals(async (signal) => {
    const checked = await runChecks(say);
    const tested = await runTests({ say, referenceDir, mailPeers: 'demanded', signal }).catch((error: unknown) =>
      failure(error instanceof Error ? error.message : String(error)),
    );
    signal.throwIfAborted();
    const hostile = await testCorpus(
      { cases: casesNamed(), seed: randomInt(1, 1_000_000), size: 'whole', say },
      signal,
    ).catch((error: unknown) => failure(`corpus: ${error instanceof Error ? error.message : String(error)}`));
    const disturbed = await shortFaults(say, signal).catch((error: unknown) =>
      failure(`faults: ${error instanceof Error ? error.message : String(error)}`),
    );
    return sum([...demanded, checked, tested, hostile, disturbed]);
  });
  if (tally.problems.length > 0) say('\nfailed:');
  for (const problem of tally.problems) say(`  ✗ ${problem.split('\n').slice(0, LINES_SHOWN).join('\n')}`);
  say(lastLine(tally));
  return tally.failed === 0 ? 0 : 1;
}
