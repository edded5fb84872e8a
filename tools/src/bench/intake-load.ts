import type { Stack } from '../stack/stack.js';
import { DatabaseCosts, type DatabaseCost } from './database-costs.js';
import type { Doors } from './intake-doors.js';
import type { Kind } from './intake-kinds.js';
import { newPatients, type KnownPatient } from './intake-messages.js';
import { Latencies } from './latencies.js';
import { ProcessCosts, type ProcessCost } from './process-costs.js';

/** What is held in memory at a time, and few enough to see how the cost of a message grows. */
const LOT = { bytes: 300_000_000, messages: 10_000 } as const;

/** What a load, or one lot of it, came to. */
export interface Taken {
  readonly messages: number;
  readonly seconds: number;
  readonly latencies: Latencies;
  readonly processes: readonly ProcessCost[];
  readonly database: DatabaseCost;
}

export interface IntakeLoad {
  readonly messages: number;
  readonly rate?: number | undefined;
  readonly signal: AbortSignal;
}

/** Sends messages made a lot at a time, outside the clock and the costs. */
export async function takeIn(
  stack: Stack,
  kind: Kind,
  doors: Doors,
  patients: readonly (readonly KnownPatient[])[],
  { messages, rate, signal }: IntakeLoad,
): Promise<Taken[]> {
  const lotSize = Math.max(doors.senders.length, Math.min(Math.floor(LOT.bytes / kind.bytes), LOT.messages));
  const lots: Taken[] = [];
  for (let done = 0; done < messages && !signal.aborted; done += lotSize) {
    const lot = prepared(kind, doors, patients, Math.min(lotSize, messages - done));
    const costs = new ProcessCosts(stack);
    const database = await DatabaseCosts.begin(stack.adminUrl);
    const { seconds, latencies } = await doors.send(lot, signal, rate);
    lots.push({
      ...{ messages: latencies.count, seconds, latencies },
      ...{ processes: costs.since(), database: await database.since() },
    });
  }
  return lots;
}

function prepared(
  kind: Kind,
  { senders }: Doors,
  patients: readonly (readonly KnownPatient[])[],
  messages: number,
): Buffer[][] {
  return senders.map((sender, application) => {
    const count = Math.ceil((messages - application) / senders.length);
    const own = patients[application] ?? [];
    const of = own.length > 0 ? own : newPatients(sender, count);
    return Array.from({ length: count }, (_, index) => kind.message(of[index % of.length] as KnownPatient));
  });
}

/** Lots as one load. */
export function together(lots: readonly Taken[]): Taken {
  const latencies = new Latencies();
  for (const lot of lots) latencies.addAll(lot.latencies);
  const sum = (of: (lot: Taken) => number) => lots.reduce((all, lot) => all + of(lot), 0);
  const rows = new Map<string, number>();
  for (const { database } of lots)
    for (const [table, count] of database.rows) rows.set(table, (rows.get(table) ?? 0) + count);
  const last = lots.at(-1)?.processes ?? [];
  return {
    ...{ messages: sum((lot) => lot.messages), seconds: sum((lot) => lot.seconds), latencies },
    processes: last.map((one) => ({
      ...one,
      cpuMs: sum(({ processes }) => processes.find(({ name }) => name === one.name)?.cpuMs ?? 0),
    })),
    database: {
      wal: sum(({ database }) => database.wal),
      commits: sum(({ database }) => database.commits),
      rows,
    },
  };
}
