import { performance } from 'node:perf_hooks';
import type { Bench, Figure } from './bench.js';
import { ProcessCosts } from './process-costs.js';

/** Once the start is over: what it compiled and collected then is not what an idle platform burns. */
const SETTLED_MS = 30_000;

/** The platform with nothing to do: what it holds and what it burns. */
export const idle: Bench = {
  name: 'idle',
  what: 'the whole platform, simulators included, with nothing to do',
  options: ['seconds'],
  async run({ stack, options, signal }) {
    const seconds = options.number('seconds', 30);
    await pause(SETTLED_MS, signal);
    const costs = new ProcessCosts(stack);
    const began = performance.now();
    await pause(seconds * 1000, signal);
    const elapsed = performance.now() - began;
    const parts = costs.since().filter(({ name }) => name !== 'client');
    const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((all, part) => all + of(part), 0);
    return [
      { name: 'memory', value: sum(({ rssMb }) => rssMb), unit: 'MB', floor: { most: 2_500 } },
      { name: 'CPU of one core', value: (100 * sum(({ cpuMs }) => cpuMs)) / elapsed, unit: '%', floor: { most: 10 } },
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
