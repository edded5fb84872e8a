import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Stack } from '../../stack/stack.js';
import { holderOfPort } from './port-holder.js';

/** Where a transaction of a service can be held: as it commits what it wrote to a table, or when a row changes to a state. */
export interface HeldPoint {
  readonly schema: string;
  readonly table: string;
  readonly on: 'commit-of-insert' | 'commit-of-update' | 'update';
  /** SQL over NEW: which rows. */
  readonly when?: string;
}

export interface HeldTransaction {
  /** The process that waits. */
  readonly name: string;
  readonly backend: number;
}

const SETUP = `
  CREATE SCHEMA IF NOT EXISTS faults;
  GRANT USAGE ON SCHEMA faults TO PUBLIC;
  CREATE OR REPLACE FUNCTION faults.hold() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint);
    RETURN NULL;
  END $$`;

/** A service gives a lock up after two seconds: what is done at a held point is done well before. */
const FOUND_WITHIN_MS = 20_000;

/**
 * Stops a service exactly at a point of its work, by what PostgreSQL offers: a trigger waits for an advisory lock that is held here. No
 * product code knows of it.
 */
export class HeldPoints {
  #next = 7_200_000;

  constructor(
    private readonly stack: Stack,
    private readonly candidates: () => readonly string[],
  ) {}

  /** Runs `act` while the first transaction that comes to this point waits there; `release` lets it go on. */
  async hold(
    point: HeldPoint,
    act: (held: HeldTransaction, release: () => Promise<void>, admin: Client) => Promise<void>,
  ): Promise<boolean> {
    const key = (this.#next += 1);
    const admin = await adminClient(this.stack.adminUrl);
    const name = `fault_hold_${key}`;
    const table = `${point.schema}.${point.table}`;
    let held = true;
    const release = async () => {
      if (held) await admin.query('SELECT pg_advisory_unlock($1)', [key]);
      held = false;
    };
    try {
      await admin.query(SETUP);
      await admin.query('SELECT pg_advisory_lock($1)', [key]);
      await admin.query(triggerSql(point, name, table, key));
      const found = await this.waiting(admin, key);
      if (found) await act(found, release, admin);
      return found !== undefined;
    } finally {
      await release().catch(() => undefined);
      await dropTrigger(this.stack.adminUrl, name, table);
      await admin.end().catch(() => undefined);
    }
  }

  private async waiting(admin: Client, key: number): Promise<HeldTransaction | undefined> {
    const deadline = performance.now() + FOUND_WITHIN_MS;
    while (performance.now() < deadline) {
      const { rows } = await admin.query<{ pid: number; port: number }>(
        `SELECT a.pid, a.client_port AS port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND NOT l.granted AND l.objid = $1 LIMIT 1`,
        [key],
      );
      const [row] = rows;
      if (row) {
        const name = holderOfPort(
          row.port,
          this.candidates().map((candidate) => ({ name: candidate, pid: this.stack.pid(candidate) })),
        );
        if (name) return { name, backend: row.pid };
      }
      await delay(10);
    }
    return undefined;
  }
}

/** SIGKILL before the held transaction commits: nothing of it stays. */
export async function killBeforeCommit(stack: Stack, held: HeldTransaction, admin: Client): Promise<void> {
  await stack.kill(held.name);
  await admin.query('SELECT pg_terminate_backend($1)', [held.backend]);
}

/** SIGKILL after the commit, before the process learns of it: stopped, then committed, then killed. */
export async function killAfterCommit(
  stack: Stack,
  held: HeldTransaction,
  release: () => Promise<void>,
  admin: Client,
): Promise<void> {
  await stack.kill(held.name, 'SIGSTOP');
  await release();
  const deadline = performance.now() + 5_000;
  for (let busy = true; busy && performance.now() < deadline;) {
    const { rows } = await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1 AND xact_start IS NOT NULL', [
      held.backend,
    ]);
    busy = rows.length > 0;
    if (busy) await delay(10);
  }
  await stack.kill(held.name);
}

export async function adminClient(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: 'pfi-faults' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function triggerSql({ on, when }: HeldPoint, name: string, table: string, key: number): string {
  const condition = when ? `WHEN (${when})` : '';
  const run = `FOR EACH ROW ${condition} EXECUTE FUNCTION faults.hold('${key}')`;
  if (on === 'update') return `CREATE TRIGGER ${name} AFTER UPDATE ON ${table} ${run}`;
  const event = on === 'commit-of-insert' ? 'INSERT' : 'UPDATE';
  return `CREATE CONSTRAINT TRIGGER ${name} AFTER ${event} ON ${table} DEFERRABLE INITIALLY DEFERRED ${run}`;
}

/** Insists: transactions that are under way hold the table for a moment. */
async function dropTrigger(url: string, name: string, table: string): Promise<void> {
  const admin = await adminClient(url);
  try {
    await admin.query(`DROP TRIGGER IF EXISTS ${name} ON ${table}`);
  } finally {
    await admin.end();
  }
}
