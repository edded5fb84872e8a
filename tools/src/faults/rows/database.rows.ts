import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { nobodyDies } from '../nemesis/survivors.js';
import type { FaultContext, Row } from '../row.js';

const restarted: Row = {
  id: 'T-P1',
  what: 'PostgreSQL restarts, its postmaster is killed, or all its connections are ended',
  recoverWithinS: 15,
  tolerance: { mailTwice: true },
  async disturb(context) {
    const { stack, random, traffic, admin, short, note } = context;
    await traffic.reaches(random.next() * 0.6);
    const way = random.pick(['SIGKILL', 'SIGINT', 'terminate'] as const);
    note(way);
    await nobodyDies(context, async () => {
      if (way === 'terminate') {
        const client = await admin();
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        await client.end();
        return;
      }
      await stack.kill('postgres', way);
      const before = traffic.acknowledged;
      await delay(100);
      if (!(await isUp(context)) && traffic.acknowledged - before > 0) note('answers under way still came');
      await stack.whenReady('postgres');
      await delay(short ? 500 : 3_000);
    });
  },
};

async function isUp({ admin }: FaultContext): Promise<boolean> {
  try {
    await (await admin()).end();
    return true;
  } catch {
    return false;
  }
}

const locked: Row = {
  id: 'T-P3',
  what: 'a lock is held on a hot aggregate; a table is locked so that every connection of the pool waits; the server has no connection left; two wait for each other',
  recoverWithinS: 15,
  async disturb(context) {
    const { random, traffic, admin, short, note, fail } = context;
    await traffic.reaches(0.2 + random.next() * 0.4);
    const way = random.pick(['aggregate', 'table', 'connections', 'deadlock'] as const);
    const heldMs = way === 'aggregate' ? (short ? 4_000 : 30_000) : 4_000;
    note(`${way} for ${heldMs / 1_000} s`);
    if (way === 'connections') return nobodyDies(context, () => allConnectionsTaken(context, heldMs));
    const client = await admin();
    const before = traffic.acknowledged;
    try {
      await client.query('BEGIN');
      if (way === 'table') await client.query('LOCK TABLE documents.timeline IN EXCLUSIVE MODE');
      else await client.query('SELECT FROM documents.document ORDER BY received_at DESC LIMIT 2 FOR UPDATE');
      if (way === 'deadlock') await crossed(context);
      await delay(heldMs);
    } finally {
      await client.query('ROLLBACK').catch(() => undefined);
      await client.end().catch(() => undefined);
    }
    if (way === 'aggregate' && traffic.acknowledged === before) fail('one aggregate stopped all the others');
  },
};

/** Services lose theirs, and find every place taken: all but those that the server keeps for its administrator. */
async function allConnectionsTaken({ stack, admin, fail }: FaultContext, ms: number): Promise<void> {
  const client = await admin();
  const held: Client[] = [];
  try {
    for (let full = false; !full;) {
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name <> 'pfi-faults' AND (application_name LIKE 'pfi-%' OR application_name LIKE '%-relay')`,
      );
      const wave = Array.from({ length: 20 }, () => new Client(stack.env('indicators')['PFI_DATABASE_URL']));
      for (const one of wave) one.on('error', () => undefined);
      const opened = await Promise.allSettled(wave.map((one) => one.connect()));
      held.push(...wave.filter((_, index) => opened[index]?.status === 'fulfilled'));
      full = opened.some(({ status }) => status === 'rejected');
    }
    if (held.length < 20) fail('the connections of the server were not taken');
    await delay(ms);
  } finally {
    await Promise.all(held.map((one) => one.end().catch(() => undefined)));
    await client.end().catch(() => undefined);
  }
}

/** Takes the rows of pending work in the wrong order, so that one of both is ended by PostgreSQL. */
async function crossed({ admin }: FaultContext): Promise<void> {
  const other = await admin();
  try {
    await other.query('BEGIN');
    await other.query(`SET LOCAL lock_timeout = '3s'`);
    await other.query('SELECT FROM documents.aggregate_sequence ORDER BY aggregate DESC LIMIT 20 FOR UPDATE');
    await other.query('SELECT FROM documents.document ORDER BY received_at LIMIT 500 FOR UPDATE');
    await delay(500);
  } catch {
    // ended by PostgreSQL: that is what was wanted of one of both
  } finally {
    await other.query('ROLLBACK').catch(() => undefined);
    await other.end().catch(() => undefined);
  }
}

export const database: readonly Row[] = [restarted, locked];
