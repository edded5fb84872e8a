import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Stack } from '../stack/stack.js';

/** What the processes of the platform used since a moment. */
export interface ProcessCost {
  readonly name: string;
  /** User and system time, ms. */
  readonly cpuMs: number;
  /** Now, MB. */
  readonly rssMb: number;
  /** Sent to storage, bytes. */
  readonly written: number;
}

interface Counters {
  readonly cpuMs: number;
  readonly written: number;
}

const TICK_MS = 10;
/** The process that plays the applications and measures. */
const CLIENT = 'client';

/** Reads `/proc`: Linux only. A process that was restarted in between counts from its start. */
export class ProcessCosts {
  readonly #before: ReadonlyMap<string, Counters>;

  constructor(private readonly stack: Stack) {
    this.#before = new Map(this.#groups().map(([name, pids]) => [name, total(pids)]));
  }

  since(): ProcessCost[] {
    return this.#groups().map(([name, pids]) => {
      const now = total(pids);
      const before = this.#before.get(name) ?? { cpuMs: 0, written: 0 };
      return {
        name,
        cpuMs: Math.max(now.cpuMs - before.cpuMs, 0),
        rssMb: pids.reduce((sum, pid) => sum + rssMb(pid), 0),
        written: Math.max(now.written - before.written, 0),
      };
    });
  }

  #groups(): [string, number[]][] {
    const parents = parentsByPid();
    const ofStack = this.stack.names.flatMap((name): [string, number[]][] => {
      const pid = this.stack.pid(name);
      return pid === undefined ? [] : [[name, [pid, ...descendants(pid, parents)]]];
    });
    return [...ofStack, [CLIENT, [process.pid]]];
  }
}

/** Busy share of all cores over a time, percent. */
export async function busyShare(ms: number): Promise<number> {
  const sample = () =>
    cpus().reduce(
      (sum, { times }) => ({
        idle: sum.idle + times.idle,
        all: sum.all + times.user + times.nice + times.sys + times.idle + times.irq,
      }),
      { idle: 0, all: 0 },
    );
  const before = sample();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = sample();
  const all = after.all - before.all;
  return all === 0 ? 0 : Math.round(100 * (1 - (after.idle - before.idle) / all));
}

function total(pids: readonly number[]): Counters {
  return pids
    .map(countersOf)
    .reduce((sum, one) => ({ cpuMs: sum.cpuMs + one.cpuMs, written: sum.written + one.written }), {
      cpuMs: 0,
      written: 0,
    });
}

function countersOf(pid: number): Counters {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, and those of children that have ended
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
  const written = /^write_bytes: (\d+)/m.exec(read(`/proc/${pid}/io`))?.[1];
  return { cpuMs: ticks * TICK_MS, written: Number(written ?? 0) };
}

/** PSS where the system tells it: shared memory of PostgreSQL's processes then counts once. */
function rssMb(pid: number): number {
  const pss = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  const rss = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(pss ?? rss ?? 0) / 1024;
}

function parentsByPid(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.map((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)];
    }),
  );
}

function descendants(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendants(child, parents)]);
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
