import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  done,
  JobQueue,
  JobRunner,
  sqlMigration,
  standardTables,
  type Database,
  type Reading,
} from '@pfi/platform-postgres';
import { createTestDatabase, type TestDatabase } from '@pfi/platform-postgres/testing';
import { prometheusText } from '@pfi/platform-telemetry';
import { eventually } from '@pfi/platform-testing';
import { ClockWatch } from '../src/index.js';

const CreateTables1790000000000 = sqlMigration('CreateTables1790000000000', () => [standardTables()]);
const HOUR = 3_600_000;

let server: TestDatabase;
let database: Database;
const watches: ClockWatch[] = [];

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'clock', migrations: [CreateTables1790000000000] }]);
  database = await server.open('clock', { role: 'system' });
}, 60_000);
afterEach(() => Promise.all(watches.splice(0).map((watch) => watch.stop())));
afterAll(() => server.drop());

/** A process whose clock may be moved. */
function process_(shiftMs = 0, of: Reading = database) {
  const clock = { shiftMs };
  const lines: string[] = [];
  const keep = (_fields: object, text: string): void => void lines.push(text);
  const watch = new ClockWatch({
    ...{ database: of, everyMs: 20, lookMs: 5 },
    limits: { warnMs: 500, refuseMs: 2_000 },
    logger: { info: keep, warn: keep, error: keep } as never,
    wall: () => Date.now() + clock.shiftMs,
  });
  watches.push(watch);
  return { clock, watch, lines };
}

describe('a clock', () => {
  it('that agrees with PostgreSQL’s may date, and says nothing', async () => {
    const { watch, lines } = process_();
    await watch.start();
    expect(watch.mayDate).toBe(true);
    expect(lines).toEqual([]);
  });

  it.each([HOUR, -HOUR, 10_000, -10_000])('that is %i ms off may not date, and is told', async (shiftMs) => {
    const { watch, lines } = process_(shiftMs);
    await watch.start();
    expect(() => watch.assertMayDate()).toThrow(expect.objectContaining({ code: 'CLOCK_OFF', kind: 'unavailable' }));
    expect(lines).toEqual(['clock off, nothing is signed or dated here']);
    const told = /^pfi_clock_offset_seconds(?:\{.*\})? (\S+)/m.exec(await prometheusText())?.[1];
    expect(Math.abs(Number(told) * 1_000 - shiftMs)).toBeLessThan(1_000);
  });

  it('that drifts is told, and dates on', async () => {
    const { watch, lines } = process_(1_200);
    await watch.start();
    expect(watch.mayDate).toBe(true);
    expect(lines).toEqual(['clock drifting']);
  });

  it('that jumps may not date from that very moment, whether or not PostgreSQL answers', async () => {
    const away: Reading = { query: () => Promise.reject(new Error('away')) };
    let answering: Reading = database;
    const { clock, watch } = process_(0, { query: (text, values) => answering.query(text, values) });
    await watch.start();
    answering = away;
    clock.shiftMs = HOUR;
    expect(watch.mayDate).toBe(false);
    clock.shiftMs = 0;
    expect(watch.mayDate).toBe(true);
  });

  it('that nobody could compare yet may not date', async () => {
    let answering: Reading = { query: () => Promise.reject(new Error('away')) };
    const { watch } = process_(0, { query: (text, values) => answering.query(text, values) });
    await watch.start();
    expect(watch.mayDate).toBe(false);
    answering = database;
    await eventually(() => expect(watch.mayDate).toBe(true));
  });
});

describe('jobs of an instance whose clock goes wrong', () => {
  it('are left to others, and taken again by itself once it is right', async () => {
    const jobs = new JobQueue();
    const ran: string[] = [];
    const one = (name: string) =>
      new JobRunner({
        ...{ database, jobs, queue: 'dated', pollMs: 10 },
        handler: async (job: { key: string }) => {
          ran.push(`${job.key} by ${name}`);
          return done();
        },
      });
    const { clock, watch } = process_();
    const [wrong, other] = [one('wrong'), one('other')];
    watch.onChange((mayDate) => (mayDate ? wrong.resume() : wrong.pause()));
    await watch.start();
    wrong.start();
    const add = (key: string) =>
      database.transaction([], (tx) => jobs.enqueue(tx, [{ owner: 'ej:1', queue: 'dated', key, payload: {} }]));

    clock.shiftMs = HOUR;
    await eventually(() => expect(watch.mayDate).toBe(false));
    await add('a');
    other.start();
    await eventually(() => expect(ran).toEqual(['a by other']));
    await other.stop();

    await add('b');
    clock.shiftMs = 0;
    await eventually(() => expect(ran).toEqual(['a by other', 'b by wrong']));
    await wrong.stop();
  });
});
