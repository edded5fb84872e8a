import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { done, JobRunner, retryAt } from '../src/index.js';
import { createJobDatabase, newQueue as queueOf } from './job-database.js';
import type { JobDatabase } from './job-database.js';

let at: JobDatabase;
const newQueue = () => queueOf(at);

beforeAll(async () => {
  at = await createJobDatabase();
}, 60_000);
afterEach(async () => {
  await Promise.all(at.runners.splice(0).map((runner) => runner.stop(0)));
});
afterAll(() => at?.test.drop());

describe('jobs of a process whose clock is not to be trusted', () => {
  it('wait while their runner is paused, and are left to another one', async () => {
    const { add, runner, settled } = newQueue();
    const ran: string[] = [];
    const paused = runner(async () => {
      ran.push('paused');
      return done();
    });
    paused.pause();
    await add([{}]);
    paused.wake();
    runner(async () => {
      ran.push('other');
      return done();
    });
    await settled(1);
    expect(ran).toEqual(['other']);
  });

  it('go on when their runner is resumed, also when it was paused before its start', async () => {
    const { add, queue, jobs, settled } = newQueue();
    const late = new JobRunner({ database: at.system, queue, jobs, pollMs: 3_600_000, handler: async () => done() });
    late.pause();
    late.start();
    await add([{}]);
    late.resume();
    await settled(1);
    await late.stop();
  });

  it('come back after the delay that was meant, by a process whose clock is off', async () => {
    const { add, runner, settled, get } = newQueue();
    await add([{ key: 'a' }]);
    const clock = jest
      .spyOn(Date, 'now')
      .mockImplementation(() => performance.timeOrigin + performance.now() + 3_600_000);
    try {
      runner(async (job) => (job.attempts < 2 ? retryAt(new Date(Date.now() + 50), 'AGAIN') : done('OK')));
      await settled(1);
    } finally {
      clock.mockRestore();
    }
    expect(await get('a')).toMatchObject({ state: 'done', lastCode: 'OK', attempts: 2 });
  });
});
