import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PfiError } from '@pfi/health';
import { done, LeaseLost, park, release, retryAt } from '../src/index.js';
import { eventually } from './example-schema.js';
import { createJobDatabase, newQueue as queueOf, schema } from './job-database.js';
import type { JobDatabase } from './job-database.js';

jest.setTimeout(30_000);

let at: JobDatabase;
let test: JobDatabase['test'];
let service: JobDatabase['service'];
const newQueue = () => queueOf(at);

beforeAll(async () => {
  at = await createJobDatabase();
  ({ test, service } = at);
}, 60_000);

afterEach(async () => {
  await Promise.all(at.runners.splice(0).map((runner) => runner.stop(0)));
});

afterAll(() => at?.test.drop());

describe('job runners', () => {
  it('never run the same job twice, however many they are', async () => {
    const { add, runner, settled } = newQueue();
    const ran: number[] = [];
    await add(Array.from({ length: 200 }, (_, n) => ({ payload: { n } })));
    for (const _ of [1, 2, 3]) {
      runner(async (job) => {
        ran.push(job.payload.n);
        await new Promise((resume) => setImmediate(resume));
        return done();
      });
    }
    expect(await settled(200)).toEqual({ done: 200 });
    expect(ran.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  }, 30_000);

  it('start a job as soon as its transaction is committed', async () => {
    const { add, runner, settled } = newQueue();
    runner(async () => done(), { pollMs: 3_600_000 });
    await add([{}]);
    expect(await settled(1)).toEqual({ done: 1 });
  });

  it('hand over payload, trace and attempts', async () => {
    const { add, runner, settled } = newQueue();
    const seen: unknown[] = [];
    await add([{ key: 'k', payload: { text: 'é', list: [1] }, traceparent: '00-aa-bb-01', orderingKey: 'o' }]);
    runner(async ({ key, payload, traceparent, attempts, orderingKey, lastCode }) => {
      seen.push({ key, payload, traceparent, attempts, orderingKey, lastCode });
      return done();
    });
    await settled(1);
    expect(seen).toEqual([
      {
        key: 'k',
        payload: { text: 'é', list: [1] },
        traceparent: '00-aa-bb-01',
        attempts: 1,
        orderingKey: 'o',
        lastCode: null,
      },
    ]);
  });

  it('wait until the time of a retry, and count attempts but not releases', async () => {
    const { add, runner, settled, get } = newQueue();
    await add([{ key: 'a' }]);
    const outcomes = [release(), retryAt(new Date(Date.now() + 50), 'DMP_BUSY'), release(undefined, 'NO_SLOT'), done()];
    const seen: [number, string | null][] = [];
    runner(async (job) => {
      seen.push([job.attempts, job.lastCode]);
      return outcomes.shift() ?? done();
    });
    await settled(1);
    expect(seen).toEqual([
      [1, null],
      [1, null],
      [2, 'DMP_BUSY'],
      [2, 'NO_SLOT'],
    ]);
    expect((await get('a')).attempts).toBe(2);
  });

  it('do not run a job before its time', async () => {
    const { add, runner, settled } = newQueue();
    const ran: number[] = [];
    await add([{ payload: { n: 1 }, runAt: new Date(Date.now() + 3_600_000) }, { payload: { n: 2 } }]);
    runner(async (job) => {
      ran.push(job.payload.n);
      return done();
    });
    await settled(1);
    expect(ran).toEqual([2]);
  });

  it('run the jobs of one order one at a time, in order of creation, across runners', async () => {
    const { add, runner, settled } = newQueue();
    const ran: Record<string, number[]> = { x: [], y: [] };
    let most = 0;
    const active = new Map<string, number>();
    await add(
      Array.from({ length: 40 }, (_, n) => ({
        payload: { n },
        orderingKey: n % 2 === 0 ? 'x' : 'y',
        // the last created is the first due
        runAt: new Date(Date.now() - n * 1_000),
      })),
    );
    for (const _ of [1, 2]) {
      runner(async (job) => {
        const key = job.orderingKey ?? '';
        active.set(key, (active.get(key) ?? 0) + 1);
        most = Math.max(most, active.get(key) ?? 0);
        ran[key]?.push(job.payload.n);
        await new Promise((resume) => setImmediate(resume));
        active.set(key, (active.get(key) ?? 0) - 1);
        return done();
      });
    }
    await settled(40);
    expect(most).toBe(1);
    expect(ran['x']).toEqual(Array.from({ length: 20 }, (_, n) => 2 * n));
    expect(ran['y']).toEqual(Array.from({ length: 20 }, (_, n) => 2 * n + 1));
  }, 30_000);

  it('hold back what follows a parked job, until it is cancelled', async () => {
    const { add, jobs, queue, owner, runner, settled, get } = newQueue();
    await add([
      { key: 'v1', orderingKey: 'lineage' },
      { key: 'v2', orderingKey: 'lineage' },
      { key: 'other', orderingKey: 'other' },
    ]);
    runner(async (job) => (job.key === 'v1' ? park('REFUSED', 'Refusé') : done()));
    expect(await settled(2)).toEqual({ ready: 1, parked: 1, done: 1 });
    expect((await get('v2')).state).toBe('ready');
    await service.transaction([owner], (tx) => jobs.cancel(tx, owner, queue, 'v1'));
    expect(await settled(3)).toEqual({ cancelled: 1, done: 2 });
  });

  it('keep an owner within its share while others have work', async () => {
    const noisy = newQueue();
    const quiet = `ej:${randomUUID()}`;
    const running = new Map<string, number>();
    await noisy.add(Array.from({ length: 50 }, () => ({ runAt: new Date(Date.now() - 60_000) })));
    await noisy.add([{ owner: quiet }], [quiet]);
    const gate = Promise.withResolvers<void>();
    noisy.runner(
      async (job) => {
        running.set(job.owner, (running.get(job.owner) ?? 0) + 1);
        await gate.promise;
        return done();
      },
      { perOwner: 3, concurrency: 6 },
    );
    await eventually('the quiet owner is served', () => running.get(quiet) === 1);
    await noisy.add([{ owner: quiet }], [quiet]);
    await eventually('a later job of the quiet owner is served', () => running.get(quiet) === 2);
    expect(running.get(noisy.owner)).toBe(3);
    gate.resolve();
    await noisy.settled(50);
  });

  it('never hold more jobs than they may', async () => {
    const { add, runner, settled } = newQueue();
    let active = 0;
    let most = 0;
    await add(Array.from({ length: 30 }, () => ({})));
    runner(
      async () => {
        active += 1;
        most = Math.max(most, active);
        await new Promise((resume) => setImmediate(resume));
        active -= 1;
        return done();
      },
      { perOwner: 100, concurrency: 4 },
    );
    await settled(30);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('take over the job of a runner that died, whose late answer is refused', async () => {
    const { add, queue, runner, settled, get } = newQueue();
    await add([{ key: 'a' }]);
    const errors: unknown[] = [];
    const lost = await test.open(schema, { role: 'system', applicationName: `dying-${queue}` });
    const late = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    // a renewal that never comes, as of a process that is gone: its lease is put in the past
    runner(
      async () => {
        began.resolve();
        await late.promise;
        return park('LATE', 'Trop tard');
      },
      { database: lost, onError: (error) => errors.push(error), concurrency: 1, leaseMs: 3_600_000 },
    );
    await began.promise;
    await test.admin(`UPDATE documents.job SET lease_until = now() - interval '1 s' WHERE queue = $1`, [queue]);
    const seen: [number, string | null][] = [];
    runner(async (job) => {
      seen.push([job.attempts, job.lastCode]);
      return done('TAKEN_OVER');
    });
    expect(await settled(1)).toEqual({ done: 1 });
    expect(seen).toEqual([[2, 'LEASE_EXPIRED']]);
    late.resolve();
    await eventually('the late answer is refused', () => errors.length > 0);
    expect(errors[0]).toBeInstanceOf(LeaseLost);
    expect(await get('a')).toMatchObject({ state: 'done', lastCode: 'TAKEN_OVER' });
  });

  it('keep a long job as long as they live', async () => {
    const { add, queue, runner, settled } = newQueue();
    await add([{ key: 'a' }]);
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const handler = async () => {
      runs += 1;
      await gate.promise;
      return done();
    };
    runner(handler, { leaseMs: 300 });
    runner(handler, { leaseMs: 300 });
    const [first] = await eventually('the job runs', async () => {
      const rows = await test.admin<{ until: Date }>(
        'SELECT lease_until AS until FROM documents.job WHERE queue = $1',
        [queue],
      );
      return rows[0]?.until instanceof Date && rows;
    });
    await eventually('the first lease would have ended', async () => {
      const [now] = await test.admin<{ past: boolean }>(`SELECT now() > $1::timestamptz + interval '300 ms' AS past`, [
        first?.until,
      ]);
      return now?.past;
    });
    expect(runs).toBe(1);
    gate.resolve();
    expect(await settled(1)).toEqual({ done: 1 });
  });

  it('tell a handler that its lease was lost', async () => {
    const { add, queue, runner } = newQueue();
    await add([{ key: 'a' }]);
    const aborted = Promise.withResolvers<string>();
    runner(
      async (job) => {
        await test.admin(`UPDATE documents.job SET lease_token = gen_random_uuid() WHERE queue = $1`, [queue]);
        await new Promise((resume) => job.signal.addEventListener('abort', resume, { once: true }));
        await service
          .transaction([job.owner], (tx) => job.assertHeld(tx))
          .catch((error: PfiError) => aborted.resolve(error.code));
        return done();
      },
      { leaseMs: 60 },
    );
    expect(await aborted.promise).toBe('LEASE_LOST');
  });

  it('write an outcome together with the effect of the handler, or neither', async () => {
    const { add, runner, settled, get } = newQueue();
    await add([{ key: 'a' }]);
    let runs = 0;
    runner(
      async (job) => {
        runs += 1;
        await service.transaction([job.owner], async (tx) => {
          await job.settle(tx, park('REFUSED', 'Refusé'));
          if (runs === 1) throw new PfiError('FLAKY', 'unavailable', 'Réessayer');
        });
        return done();
      },
      { random: () => 0 },
    );
    await settled(1);
    expect(runs).toBe(2);
    expect(await get('a')).toMatchObject({ state: 'parked', lastCode: 'REFUSED', attempts: 2 });
  });

  it('park what fails for a business reason, retry what is unavailable, and park a bug after some attempts', async () => {
    const { add, runner, settled, get } = newQueue();
    await add([{ key: 'business' }, { key: 'unavailable' }, { key: 'bug' }]);
    const errors: unknown[] = [];
    runner(
      async (job) => {
        if (job.key === 'business') throw new PfiError('INS_MISMATCH', 'conflict', 'INS différent');
        if (job.key === 'unavailable' && job.attempts < 5) throw new PfiError('DOWN', 'unavailable', 'Arrêté');
        if (job.key === 'bug') throw new TypeError('undefined is not a function');
        return done();
      },
      { unexpected: { baseMs: 1, capMs: 1, maxAttempts: 3 }, onError: (error) => errors.push(error) },
    );
    await settled(3);
    expect(await get('business')).toMatchObject({
      state: 'parked',
      lastCode: 'INS_MISMATCH',
      lastTextFr: 'INS différent',
    });
    expect(await get('unavailable')).toMatchObject({ state: 'done', attempts: 5 });
    expect(await get('bug')).toMatchObject({ state: 'parked', lastCode: 'JOB_FAILED', attempts: 3 });
    expect(errors).toHaveLength(1 + 4 + 3);
  });

  it('outlive the death of their connections, and lose no outcome', async () => {
    const { add, queue, runner, settled } = newQueue();
    const applicationName = `doomed-${queue}`;
    const database = await test.open(schema, { role: 'system', applicationName });
    await add(Array.from({ length: 20 }, () => ({})));
    let killed = false;
    runner(
      async () => {
        if (!killed) {
          killed = true;
          await test.terminateConnections(applicationName);
        }
        return done();
      },
      { database },
    );
    expect(await settled(20)).toEqual({ done: 20 });
  });

  it('finish what runs when they stop, and take nothing more', async () => {
    const { add, runner, get } = newQueue();
    const gate = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    await add([{ key: 'a' }]);
    const stopping = runner(async () => {
      began.resolve();
      await gate.promise;
      return done();
    });
    await began.promise;
    const stopped = stopping.stop(10_000);
    await add([{ key: 'b' }]);
    gate.resolve();
    expect(await stopped).toBe(true);
    expect([(await get('a')).state, (await get('b')).state]).toEqual(['done', 'ready']);
  });

  it('abort what is still running after the deadline', async () => {
    const { add, runner } = newQueue();
    const began = Promise.withResolvers<AbortSignal>();
    await add([{ key: 'a' }]);
    const stopping = runner(async (job) => {
      began.resolve(job.signal);
      await new Promise((resume) => job.signal.addEventListener('abort', resume, { once: true }));
      return release();
    });
    const signal = await began.promise;
    expect(await stopping.stop(20)).toBe(false);
    expect(signal.aborted).toBe(true);
    await eventually('the handler ends', () => stopping.inFlight === 0);
  });
});
