import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { interruption, say, withStack } from '../commands/foreground.js';
import { readSettings } from '../stack/settings.js';
import { shortDelays } from '../stack/short-delays.js';
import { startStack } from '../stack/start-stack.js';
import { StackFault } from '../stack/stack-fault.js';
import type { Stack } from '../stack/stack.js';
import { failure, lastLine, success, sum, type Tally } from '../tally.js';
import { workspaceRoot } from '../workspace.js';
import { Instances } from './nemesis/instances.js';
import { heading, keep, line, problemLines } from './report.js';
import type { Row } from './row.js';
import { rows } from './rows/index.js';
import { play, type Ground, type RunResult } from './run.js';
import { hospitalsOf } from './traffic/hospitals.js';

export interface FaultsOptions {
  readonly rows: readonly Row[];
  /** Runs of each row. */
  readonly seeds: number;
  /** Of the first run of each row; the next ones follow. */
  readonly seed: number;
  readonly short: boolean;
  /** Of each service; half of the runs with one, half with two unless said. */
  readonly instances?: 1 | 2 | undefined;
  readonly say: (line: string) => void;
}

const DOUBLED = ['identity', 'documents', 'dmp-gateway', 'mss-gateway'] as const;

/** The delays of the journeys, and a ledger that is drawn more often than each minute. */
const settings = { ...shortDelays, PFI_DELAY_LEDGER: 'PT3S', PFI_DELAY_LEDGER_TRANSIT: 'PT45S' };

/** `npm run test:faults -- [--rows T-K1,T-D3] [--seeds 20] [--seed 123] [--instances 2] [--short]` */
export async function faults(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string' },
      seeds: { type: 'string' },
      seed: { type: 'string' },
      instances: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  });
  const { short } = values;
  const options = {
    rows: rowsNamed(values.rows),
    seeds: number('seeds', values.seeds, short ? 2 : 20),
    seed: number('seed', values.seed, randomInt(1, 1_000_000)),
    short,
    instances: instancesNamed(values.instances),
    say,
  };
  let tally: Tally | undefined;
  const code = await withStack(stackOptions(), async (stack, signal) => {
    tally = await runFaults(stack, options, signal);
    return tally.failed === 0 ? 0 : 1;
  });
  if (tally) say(lastLine(tally));
  return code;
}

/** A platform of its own, so that what one run leaves behind is nobody else's. */
export const stackOptions = () => ({
  stateDir: join(workspaceRoot, '.pfi', 'faults', 'state'),
  fresh: true,
  ports: 'free' as const,
  settings: { ...settings, ...readSettings() },
});

/** Every row with two seeds: what `.ci/run` plays. */
export async function shortFaults(tell: (line: string) => void, signal: AbortSignal): Promise<Tally> {
  const stack = await startStack({ ...stackOptions(), signal });
  try {
    return await runFaults(stack, { rows, seeds: 2, seed: randomInt(1, 1_000_000), short: true, say: tell }, signal);
  } finally {
    await stack.close();
  }
}

/** Half of the runs with one instance of each service, half with two, unless all have the same number. Each run counts as one test. Rejects when interrupted. */
export async function runFaults(stack: Stack, options: FaultsOptions, signal: AbortSignal): Promise<Tally> {
  const results: RunResult[] = [];
  options.say(
    `seeds from ${options.seed}: play one again with --rows <row> --seeds 1 --seed <seed> --instances <inst.>`,
  );
  options.say(heading());
  const tell = (one: RunResult) => {
    results.push(one);
    for (const text of [line(one), ...problemLines(one)]) options.say(text);
  };
  // what still waits for its end is left to itself
  await Promise.race([playAll(stack, options, signal, tell), interruption(signal)]);
  signal.throwIfAborted();
  options.say(`kept in ${keep(results, options.seed)}`);
  return sum(
    results.map(({ row, seed, problems }) =>
      problems.length === 0 ? success : failure(`${row} seed ${seed}: ${problems[0]}`),
    ),
  );
}

async function playAll(
  stack: Stack,
  { rows: played, seeds, seed, short, instances: all }: FaultsOptions,
  signal: AbortSignal,
  tell: (result: RunResult) => void,
): Promise<void> {
  const instances = new Instances(stack);
  const ground: Ground = { stack, instances, hospitals: hospitalsOf(stack), short };
  const single = all === undefined ? Math.ceil(seeds / 2) : all === 1 ? seeds : 0;
  for (const [from, to, doubled] of [
    [0, single, false],
    [single, seeds, true],
  ] as const) {
    if (from === to) continue;
    if (doubled) await instances.double(DOUBLED);
    const open: Promise<void>[] = [];
    for (const row of played) {
      for (let number = from; number < to && !signal.aborted; number += 1) {
        const told = (await play(ground, row, seed + number)).result.then(tell);
        // a short run goes on meanwhile: what is left of one row is then disturbed by the next one too
        if (short) open.push(told);
        else await told.then(() => instances.whole());
      }
    }
    await Promise.all(open);
  }
}

export function rowsNamed(text: string | undefined): readonly Row[] {
  if (text === undefined) return rows;
  return text.split(',').map((id) => {
    const row = rows.find((one) => one.id === id.trim());
    if (row) return row;
    throw new StackFault(`unknown row "${id}": ${rows.map((one) => one.id).join(', ')}`);
  });
}

function instancesNamed(text: string | undefined): 1 | 2 | undefined {
  if (text === undefined) return undefined;
  if (text === '1') return 1;
  if (text === '2') return 2;
  throw new StackFault('--instances must be 1 or 2');
}

function number(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new StackFault(`--${name} must be a positive whole number`);
}
