import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.js';
import type { Played } from './attack.js';
import type { CorpusResult } from './run.js';

const widths = [44, 14, 34, 34, 0];

const cells = (values: readonly string[]): string =>
  values
    .map((value, at) => value.padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd();

/** One line a case, however often it was played. */
export function table(played: readonly Played[]): string[] {
  const byCase = Map.groupBy(played, ({ of }) => `${of.door} ${of.id}`);
  const lines = [...byCase]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([, playings]) => {
      const { of } = playings[0] as Played;
      const bad = playings.filter(({ problem }) => problem !== '');
      const got = [...new Set(playings.map(({ got: { answer } }) => answer))].join(' | ');
      const verdict = bad.length === 0 ? `${playings.length}/${playings.length}` : `FAIL ${bad[0]?.problem}`;
      return cells([of.id, of.door, of.expect, got, verdict]);
    });
  return [cells(['case', 'door', 'expected', 'got', 'verdict']), ...lines];
}

/** The whole as JSON; answers without what they said. @returns its path */
export function keep(result: CorpusResult): string {
  const folder = join(workspaceRoot, '.pfi', 'corpus');
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const file = join(folder, `${at.replaceAll(/[:.]/g, '-')}.json`);
  const played = result.played.map(({ of, got, problem }) => ({
    ...{ case: of.id, door: of.door, expected: of.expect, got: got.answer, ms: Math.round(got.ms), problem },
  }));
  writeFileSync(file, JSON.stringify({ at, ...result, played }, null, 2));
  return file;
}
