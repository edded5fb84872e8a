import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { Bench, Figure } from './bench.js';
import { ProcessCosts } from './process-costs.js';

/** Once the start is over: what V8 compiles and collects for two minutes after it is not what an idle platform burns. */
const SETTLED_MS = 120_000;

/** An otherwise empty process that wakes 20 times a second says what it burns for each time, µs. */
const BARE_TIMER = `
const settled = 1_000, measured = 4_000, every = 50;
let ticks = 0;
setInterval(() => (ticks += 1), every);
setTimeout(() => {
  ticks = 0;
  const before = process.cpuUsage();
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(String((user + system) / ticks), () => process.exit());
  }, measured);
}, settled);`;

/** The platform with nothing to do: what it holds and what it burns. */
export const idle: Bench = {
  name: 'idle',
  what: 'the whole platform, simulators included, with nothing to do',
  options: ['seconds'],
  async run({ stack, options, signal }) {
    const seconds = options.number('seconds', 60);
    await pause(SETTLED_MS, signal);
    const costs = new ProcessCosts(stack);
    const began = performance.now();
    await pause(seconds * 1000, signal);
    const elapsed = performance.now() - began;
    const parts = costs.since().filter(({ name }) => name !== 'client');
    // What the same wake-ups cost differs by hour and machine, threefold and more.
    const { stdout: bareTimer } = await promisify(execFile)(process.execPath, ['-e', BARE_TIMER], { signal });
    const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((all, part) => all + of(part), 0);
    return [
      { name: 'memory', value: sum(({ rssMb }) => rssMb), unit: 'MB', floor: { most: 2_500 } },
      { name: 'CPU of one core', value: (100 * sum(({ cpuMs }) => cpuMs)) / elapsed, unit: '%', floor: { most: 10 } },
      { name: 'a bare timer, each time', value: Number(bareTimer), unit: 'µs' },
      ...parts.flatMap(({ name, rssMb, cpuMs }): Figure[] => [
        { name: `${name} memory`, value: rssMb, unit: 'MB' },
        { name: `${name} CPU`, value: (100 * cpuMs) / elapsed, unit: '%' },
      ]),
    ];
  },
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
