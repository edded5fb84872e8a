import { performance } from 'node:perf_hooks';
import { nx, run } from '../child.js';
import { failure, success, sum } from '../tally.js';
import type { Tally } from '../tally.js';
import { checkBoundaries } from './boundaries.js';
import { checkLockfile } from './lockfile.js';

type Say = (line: string) => void;

interface Check {
  readonly title: string;
  readonly run: (say: Say) => Promise<Tally>;
}

const LINES_SHOWN = 60;

const command = (title: string, execute: () => Promise<{ code: number; text: string }>): Check => ({
  title,
  run: async () => {
    const { code, text } = await execute();
    return code === 0 ? success : failure(`${title}\n${text.trim().split('\n').slice(0, LINES_SHOWN).join('\n')}`);
  },
});

/** The chart has its own script, which says what it could not run for want of a tool. */
async function checkHelm(say: Say): Promise<Tally> {
  const { code, text } = await run('bash', ['helm/check.sh']);
  for (const line of text.split('\n').filter((candidate) => candidate.includes('did not run'))) say(`  ${line}`);
  return code === 0 ? success : failure(`helm/check.sh\n${text.trim()}`);
}

const checks: readonly Check[] = [
  command('types', () => run('tsc', ['-b'])),
  command('types of the tests', () => run('tsc', ['-p', 'tsconfig.spec.json'])),
  command('lint', () => nx(['run-many', '-t', 'lint', '--outputStyle=static-failures-only'])),
  command('format', () => run('prettier', ['--check', '--log-level', 'warn', '.'])),
  { title: 'boundaries', run: checkBoundaries },
  { title: 'lockfile', run: async () => checkLockfile() },
  { title: 'helm', run: checkHelm },
];

/** Everything that is checked without running the platform. */
export async function runChecks(say: Say): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const check of checks) {
    const began = performance.now();
    const tally = await check.run(say).catch((error: unknown) => failure(`${check.title}: ${String(error)}`));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    say(`${check.title}: ${tally.passed} passed, ${tally.failed} failed (${seconds} s)`);
    for (const problem of tally.problems) say(`  ✗ ${problem}`);
    tallies.push(tally);
  }
  return sum(tallies);
}
