import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '../src/index.js';
import { claimJobs, heldLeases, renewLeases } from '../src/job-leases.js';
import { eventually } from './example-schema.js';
import { createJobDatabase, newQueue, schema } from './job-database.js';
import type { JobDatabase } from './job-database.js';

let at: JobDatabase;
/** Shows a deadlock instead of running the transaction again. */
let once: Database;

beforeAll(async () => {
  at = await createJobDatabase();
  once = await at.test.open(schema, { role: 'system', repeats: 0 });
}, 60_000);
afterAll(() => at?.test.drop());

describe('leases that are renewed', () => {
  it('wait for runs that end, and never end up waiting for each other', async () => {
    const { add, queue } = newQueue(at);
    await add(Array.from({ length: 20 }, () => ({})));
    const claimed = await at.system.transaction([], (tx) =>
      claimJobs(tx, { queue, busy: new Map(), perOwner: 20, limit: 20, leaseMs: 60_000, expire: false }),
    );
    const [first, ...others] = claimed.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    if (!first) throw new Error('jobs are claimed');

    let renewal: Promise<Set<string>> | undefined;
    await once.transaction([], async (tx) => {
      await heldLeases(tx, [first]);
      renewal = once.transaction([], (other) => renewLeases(other, claimed, 60_000));
      renewal.catch(() => undefined);
      await eventually('the renewal waits', async () => {
        const waiting = await at.test.admin(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%lease_until = now()%' AND datname = current_database()`,
        );
        return waiting.length === 1;
      });
      expect((await heldLeases(tx, others)).size).toBe(others.length);
    });
    expect((await renewal)?.size).toBe(claimed.length);
  });
});
