import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.js';
import type { Bound, Figure } from './bench.js';
import { conditionLines, type Conditions } from './conditions.js';

/** One figure over all runs. */
export interface Summary {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** In the order of the runs. */
  readonly values: readonly number[];
  readonly floor?: Bound;
}

export interface Report {
  readonly bench: string;
  readonly what: string;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly conditions: Conditions;
  readonly runs: number;
  readonly figures: readonly Summary[];
}

/** Medians with ranges, in the order of the first run. */
export function summarise(runs: readonly (readonly Figure[])[]): Summary[] {
  return (runs[0] ?? []).map(({ name, unit, floor }) => {
    const values = runs.flatMap((run) => run.filter((figure) => figure.name === name).map(({ value }) => value));
    const sorted = values.toSorted((a, b) => a - b);
    return {
      ...{ name, unit },
      median: sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN,
      lowest: sorted[0] ?? Number.NaN,
      highest: sorted.at(-1) ?? Number.NaN,
      values,
      ...(floor ? { floor } : {}),
    };
  });
}

export function reportLines({ bench, what, conditions, runs, figures }: Report): string[] {
  const width = Math.max(...figures.map(({ name }) => name.length), 10);
  return [
    '',
    `${bench}: ${what}`,
    ...conditionLines(conditions),
    `  median of ${runs} run(s), lowest to highest`,
    ...figures.map(
      ({ name, unit, median, lowest, highest, floor }) =>
        `  ${name.padEnd(width)}  ${shown(median).padStart(9)} ${unit.padEnd(5)} [${shown(lowest)} – ${shown(highest)}]${judged(median, floor)}`,
    ),
  ];
}

/** Machine-readable, beside the other runs: `.pfi/bench/<bench>-<instant>.json`. @returns the file */
export function keepReport(report: Report): string {
  const folder = join(workspaceRoot, '.pfi', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.bench}-${report.conditions.date.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

function judged(value: number, floor: Bound | undefined): string {
  if (!floor) return '';
  const [kept, said] =
    'least' in floor ? [value >= floor.least, `floor ${floor.least}`] : [value <= floor.most, `limit ${floor.most}`];
  return `  ${kept ? 'kept' : 'MISSED'} (${said})`;
}

const shown = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
