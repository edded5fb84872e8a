import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { done, park } from '../src/index.js';
import { eventually } from './example-schema.js';
import { createJobDatabase, newQueue as queueOf } from './job-database.js';
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

describe('a job queue', () => {
  it('takes a key once for an owner, and keeps the keys of two owners apart', async () => {
    const { add, queue, owner } = newQueue();
    const other = `ej:${randomUUID()}`;
    expect(await add([{ key: 'a' }, { key: 'b' }])).toBe(2);
    expect(await add([{ key: 'b' }, { key: 'c' }, { key: 'c' }])).toBe(1);
    expect(await add([{ key: 'a', owner: other }], [owner, other])).toBe(1);
    expect(await test.admin('SELECT FROM documents.job WHERE queue = $1', [queue])).toHaveLength(4);
  });

  it('forgets the jobs of a transaction that fails', async () => {
    const { jobs, queue, owner } = newQueue();
    const failing = service.transaction([owner], async (tx) => {
      await jobs.enqueue(tx, [{ owner, queue, key: 'a', payload: {} }]);
      throw new Error('on purpose');
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await test.admin('SELECT FROM documents.job WHERE queue = $1', [queue])).toEqual([]);
  });

  it('does not show a job to another owner', async () => {
    const { add, jobs, queue, owner } = newQueue();
    await add([{ key: 'a' }]);
    const get = service.transaction(['ej:other'], (tx) => jobs.get(tx, owner, queue, 'a'));
    await expect(get).rejects.toMatchObject({ code: 'JOB_NOT_FOUND', kind: 'not-found' });
  });

  it('cancels what has not begun', async () => {
    const { add, jobs, queue, owner, get, runner } = newQueue();
    await add([{ key: 'a', runAt: new Date(Date.now() + 3_600_000) }]);
    const cancel = () => service.transaction([owner], (tx) => jobs.cancel(tx, owner, queue, 'a', 'WITHDRAWN'));
    expect(await cancel()).toBe(true);
    expect(await cancel()).toBe(false);
    expect(await get('a')).toMatchObject({ state: 'cancelled', lastCode: 'WITHDRAWN', finishedAt: expect.any(Date) });
    expect(runner(async () => done()).inFlight).toBe(0);
  });

  it('replays a parked job with its key and its attempts', async () => {
    const { add, jobs, queue, owner, get, runner, settled } = newQueue();
    await add([{ key: 'a' }]);
    runner(async (job) => (job.attempts === 1 ? park('REFUSED', 'Refusé') : done('ACCEPTED')));
    await settled(1);
    expect(await get('a')).toMatchObject({ state: 'parked', lastCode: 'REFUSED', lastTextFr: 'Refusé', attempts: 1 });
    expect(await service.transaction([owner], (tx) => jobs.replay(tx, owner, queue, 'a'))).toBe(true);
    await eventually('the job is done', async () => (await get('a')).state === 'done');
    expect(await get('a')).toMatchObject({ attempts: 2, lastCode: 'ACCEPTED', lastTextFr: null });
  });

  it('brings a waiting job forward', async () => {
    const { add, jobs, queue, owner, runner, settled } = newQueue();
    await add([{ key: 'a', runAt: new Date(Date.now() + 3_600_000) }]);
    runner(async () => done());
    await service.transaction([owner], (tx) => jobs.reschedule(tx, owner, queue, 'a', new Date()));
    expect(await settled(1)).toEqual({ done: 1 });
  });
});
