import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { say, withStack } from '../commands/foreground.js';
import { readSettings } from '../stack/settings.js';
import { StackFault } from '../stack/stack-fault.js';
import { workspaceRoot } from '../workspace.js';
import { BenchOptions, type Bench, type Figure } from './bench.js';
import { conditionsOf } from './conditions.js';
import { backlog } from './backlog.bench.js';
import { idle } from './idle.bench.js';
import { consume } from './consume.bench.js';
import { mail } from './mail.bench.js';
import { pipeline } from './pipeline.bench.js';
import { recovery } from './recovery.bench.js';
import { intake } from './intake.bench.js';
import { busyShare } from './process-costs.js';
import { projection } from './projection.bench.js';
import { keepReport, reportLines, summarise } from './report.js';
import { search } from './search/search.bench.js';
import { steady } from './steady.bench.js';

const benches: readonly Bench[] = [
  idle,
  search,
  projection,
  pipeline,
  mail,
  consume,
  recovery,
  intake,
  backlog,
  steady,
];

/** `npm run bench -- <name> [--runs 3] [--profile documents,…] [options of the bench]`: a fresh platform, the runs, medians with their conditions. */
export async function bench([name = '', ...args]: readonly string[]): Promise<number> {
  const chosen = benches.find((one) => one.name === name);
  if (!chosen) throw new StackFault(`unknown bench "${name}": one of ${benches.map((one) => one.name).join(', ')}`);
  const names = ['runs', 'profile', ...(chosen.options ?? [])];
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((option) => [option, { type: 'string' as const }])),
  });
  const options = new BenchOptions(values);
  const runs = options.number('runs', 3);
  const profiled = options.text('profile', '').split(',').filter(Boolean);
  const stateDir = join(workspaceRoot, '.pfi', 'bench-state');
  const busyBefore = await busyShare(1_000);
  return withStack(
    {
      stateDir,
      profiled,
      fresh: true,
      ports: 'free',
      settings: { ...chosen.settings, ...readSettings() },
    },
    async (stack, signal) => {
      const context = { stack, options, say, signal };
      await chosen.prepare?.(context);
      const figures: (readonly Figure[])[] = [];
      for (let run = 1; run <= runs && !signal.aborted; run += 1) {
        say(`${chosen.name}: run ${run} of ${runs}`);
        figures.push(await chosen.run(context));
      }
      if (signal.aborted) return 130;
      const report = {
        ...{ bench: chosen.name, what: chosen.what, options: values, runs },
        conditions: await conditionsOf(stack, busyBefore),
        figures: summarise(figures),
      };
      for (const line of reportLines(report)) say(line);
      say(`  kept in ${keepReport(report)}`);
      if (profiled.length > 0) say(`  CPU profiles, once everything has ended: ${join(stateDir, 'profiles')}`);
      return 0;
    },
  );
}
