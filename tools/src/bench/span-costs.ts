import { performance } from 'node:perf_hooks';
import type { Stack } from '../stack/stack.js';
import type { Figure } from './bench.js';
import { DatabaseCosts } from './database-costs.js';
import { ProcessCosts } from './process-costs.js';

const TABLES_SHOWN = 12;

/** What a span of work costs, told for each unit of it. */
export class SpanCosts {
  readonly #began = performance.now();

  private constructor(
    private readonly processes: ProcessCosts,
    private readonly database: DatabaseCosts,
  ) {}

  static async begin(stack: Stack): Promise<SpanCosts> {
    const database = await DatabaseCosts.begin(stack.adminUrl);
    return new SpanCosts(new ProcessCosts(stack), database);
  }

  /** `units`: how many were done; `unit`: one of them, for the labels. */
  async figures(units: number, unit: string): Promise<Figure[]> {
    const seconds = (performance.now() - this.#began) / 1000;
    const processes = this.processes.since();
    const { wal, commits, rows } = await this.database.since();
    const cpu = processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
    const touched = [...rows];
    const more = touched.slice(TABLES_SHOWN).reduce((sum, [, count]) => sum + count, 0);
    return [
      { name: `CPU a ${unit}`, value: cpu / units, unit: 'ms' },
      { name: 'cores in use', value: cpu / 1000 / seconds, unit: '' },
      ...processes.flatMap(({ name, cpuMs }) => [{ name: `CPU of ${name}`, value: cpuMs / units, unit: 'ms' }]),
      ...processes.map(({ name, rssMb }): Figure => {
        const limited = !['client', 'postgres', 'kafka', 'greenmail', 'national-sim'].includes(name);
        return { name: `memory of ${name}`, value: rssMb, unit: 'MB', ...(limited ? { floor: { most: 512 } } : {}) };
      }),
      { name: `commits a ${unit}`, value: commits / units, unit: '' },
      { name: `write-ahead log a ${unit}`, value: wal / units / 1024, unit: 'kB' },
      { name: `rows a ${unit}`, value: touched.reduce((sum, [, count]) => sum + count, 0) / units, unit: '' },
      ...touched
        .slice(0, TABLES_SHOWN)
        .map(([table, count]) => ({ name: `  ${table}`, value: count / units, unit: 'rows' })),
      { name: '  other tables', value: more / units, unit: 'rows' },
    ];
  }
}
