import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sqlMigration, standardTables, type Database } from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { prometheusText } from '@pfi/platform-telemetry';
import { watch, type Watched } from '../src/watchdog-metrics.js';

const CreateTables1790000000000 = sqlMigration('CreateTables1790000000000', () => [standardTables()]);

let server: TestDatabase;
let systemDatabase: Database;

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'watched', migrations: [CreateTables1790000000000] }]);
  systemDatabase = await server.open('watched', { role: 'system' });
}, 60_000);
afterAll(() => server.drop());

const parts = (): Watched => ({
  relay: { lag: async () => ({ count: 3, oldestMs: 45_000 }) },
  consumer: {
    progress: { running: true, postponed: false, idleMs: 61_000, applied: 7, duplicates: 1, parked: 2, waiting: 0 },
  },
  systemDatabase,
  pools: { service: { usage: { used: 10, waiting: 4 } } },
});

/** The figures of one scrape, by metric and labels as they are written. */
async function scrape(watched: Watched): Promise<ReadonlyMap<string, number>> {
  const unwatched = watch(watched);
  try {
    const lines = (await prometheusText()).split('\n').filter((line) => line.startsWith('pfi_'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  } finally {
    unwatched();
  }
}

const job = (key: string, state: string, dueS: number, orderingKey: string | null = null) =>
  server.admin(
    `INSERT INTO watched.job (owner, queue, key, ordering_key, payload, state, run_at)
     VALUES ('ej:1', 'deposit', $1, $2, '{}', $3, now() - make_interval(secs => $4))`,
    [key, orderingKey, state, dueS],
  );

describe('watchdog metrics', () => {
  it('tell what the relay has still to send, how the consumer moves, and who waits for a connection', async () => {
    const figures = await scrape(parts());
    expect(figures.get('pfi_outbox_unpublished')).toBe(3);
    expect(figures.get('pfi_outbox_oldest_seconds')).toBe(45);
    expect(figures.get('pfi_consumer_idle_seconds')).toBe(61);
    expect(figures.get('pfi_consumer_events_total{outcome="parked"}')).toBe(2);
    expect(figures.get('pfi_database_connections{pool="service",state="waiting"}')).toBe(4);
  });

  it('tell how long work has been due that nobody takes, but for what waits for its turn', async () => {
    await job('v1', 'parked', 7_200, 'lineage');
    await job('v2', 'ready', 3_600, 'lineage');
    await job('later', 'ready', -3_600);
    await job('due', 'ready', 400);
    const figures = await scrape(parts());
    const due = figures.get('pfi_jobs_oldest_due_seconds{queue="deposit"}');
    expect(due).toBeGreaterThanOrEqual(400);
    expect(due).toBeLessThan(600);
    expect(figures.get('pfi_jobs_parked{queue="deposit"}')).toBe(1);
    expect(figures.get('pfi_events_parked')).toBe(0);
  });

  it('leave out what cannot be read', async () => {
    const away = () => Promise.reject(new Error('away'));
    const figures = await scrape({ ...parts(), relay: { lag: away }, systemDatabase: { query: away } });
    expect(figures.has('pfi_outbox_unpublished')).toBe(false);
    expect(figures.has('pfi_events_parked')).toBe(false);
    expect(figures.get('pfi_consumer_idle_seconds')).toBe(61);
  });

  it('end with the service', async () => {
    await scrape(parts());
    expect(await prometheusText()).not.toContain('pfi_outbox_unpublished');
  });
});
