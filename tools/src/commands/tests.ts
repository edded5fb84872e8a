import { lastLine } from '../tally.js';
import { say, underSignals } from './foreground.js';
import { runTests } from '../test/test-run.js';

/** `npm test`: everything; the last line counts, the exit code is 0 only when nothing failed. */
export async function test(): Promise<number> {
  const referenceDir = process.env['PFI_REFERENCE_DIR'] || undefined;
  const tally = await underSignals((signal) =>
    runTests({ say, referenceDir, mailPeers: 'where-possible', signal }),
  ).catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return { passed: 0, failed: 1, problems: [] };
  });
  say(lastLine(tally));
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
}
