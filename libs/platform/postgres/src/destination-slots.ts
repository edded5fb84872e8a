import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';

export interface DestinationSlotsOptions {
  /** Connected as `<schema>_system`. */
  readonly database: Database;
  /** Concurrent calls allowed at one destination for one owner, over all replicas. Default 8. */
  readonly slots?: number;
  /** After this time without renewal a slot is free again. Default 90 s: longer than the longest call. */
  readonly ttlMs?: number;
}

/** The right to make one call. */
export interface Slot {
  readonly destination: string;
  readonly owner: string;
  /** From 1. */
  readonly slot: number;
  /** False when the slot had expired and was given to another. */
  renew(): Promise<boolean>;
  /** Gives the slot back; no effect when it had expired. */
  release(): Promise<void>;
}

// Free numbers are tried in random order, so that two replicas seldom want the same one.
const take = `INSERT INTO destination_slot AS held (destination, owner, slot, lease_token, lease_until)
SELECT $1, $2, number, $4, now() + make_interval(secs => $5::float8 / 1000)
FROM generate_series(1, $3::int) AS number
WHERE NOT EXISTS (
  SELECT FROM destination_slot s
  WHERE s.destination = $1 AND s.owner = $2 AND s.slot = number AND s.lease_until >= now())
ORDER BY random() LIMIT 1
ON CONFLICT (destination, owner, slot) DO UPDATE
  SET lease_token = excluded.lease_token, lease_until = excluded.lease_until
  WHERE held.lease_until < now()
RETURNING slot`;

const free = `SELECT ($3::int - count(*))::int AS free FROM destination_slot
WHERE destination = $1 AND owner = $2 AND slot <= $3::int AND lease_until >= now()`;

/** Limits at a destination as leases in PostgreSQL (design D14), apart from the workers of a replica. */
export class DestinationSlots {
  private readonly database: Database;
  private readonly slots: number;
  private readonly ttlMs: number;

  constructor(options: DestinationSlotsOptions) {
    this.database = options.database;
    this.slots = options.slots ?? 8;
    this.ttlMs = options.ttlMs ?? 90_000;
  }

  /** A slot, or null when all are taken: give the job back with `release`. */
  async acquire(destination: string, owner: string): Promise<Slot | null> {
    const token = randomUUID();
    const slot = await this.database.transaction([], async (tx) => {
      for (;;) {
        const [taken] = await tx.query<{ slot: number }>(take, [destination, owner, this.slots, token, this.ttlMs]);
        if (taken !== undefined) return taken.slot;
        // none: all are taken, or another was faster for the one tried, which leaves fewer free each time
        const [left] = await tx.query<{ free: number }>(free, [destination, owner, this.slots]);
        if (left === undefined || left.free <= 0) return null;
      }
    });
    return slot === null ? null : this.slot(destination, owner, slot, token);
  }

  private slot(destination: string, owner: string, slot: number, token: string): Slot {
    const until = async (expression: string, values: readonly unknown[]): Promise<boolean> =>
      (await this.database.transaction([], (tx) =>
        tx.execute(
          `UPDATE destination_slot SET lease_until = ${expression}
           WHERE destination = $1 AND owner = $2 AND slot = $3 AND lease_token = $4`,
          [destination, owner, slot, token, ...values],
        ),
      )) > 0;
    return {
      destination,
      owner,
      slot,
      renew: () => until('now() + make_interval(secs => $5::float8 / 1000)', [this.ttlMs]),
      release: async () => {
        await until(`'-infinity'`, []);
      },
    };
  }
}
