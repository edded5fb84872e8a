import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.js';
import type { RunResult } from './run.js';

const columns = [
  'row',
  'seed',
  'inst.',
  'sent',
  'acked',
  'effects',
  'absorbed',
  'parked',
  'mails×2',
  'recovered s',
  'verdict',
];
const widths = [9, 10, 6, 6, 6, 8, 9, 7, 8, 12, 0];

const cells = (values: readonly string[]): string =>
  values
    .map((value, at) => value.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();

export const heading = (): string => cells(columns);

export function line({ row, seed, instances, counts, recoveredS, problems }: RunResult): string {
  const { sent, acknowledged, effects, absorbed, parked, mailCopies } = counts;
  const numbers = [seed, instances, sent, acknowledged, effects, absorbed, parked, mailCopies].map(String);
  const verdict = problems.length === 0 ? 'pass' : `FAIL ${problems.length}`;
  return cells([row, ...numbers, recoveredS === null ? 'never' : recoveredS.toFixed(1), verdict]);
}

/** What went wrong, a few of each run. */
export const problemLines = ({ row, seed, problems, done }: RunResult): string[] =>
  problems.length === 0
    ? []
    : [
        `  ${row} seed ${seed} (${done.join('; ')})`,
        ...problems.slice(0, 6).map((problem) => `    ✗ ${problem}`),
        ...(problems.length > 6 ? [`    … and ${problems.length - 6} more`] : []),
      ];

/** The whole table as JSON. @returns its path */
export function keep(results: readonly RunResult[], seed: number): string {
  const folder = join(workspaceRoot, '.pfi', 'faults');
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const file = join(folder, `${at.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, JSON.stringify({ at, seed, runs: results }, null, 2));
  return file;
}
