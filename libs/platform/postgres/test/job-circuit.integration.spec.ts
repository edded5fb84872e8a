import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, done, release, retryAt } from '../src/index.js';
import type { JobOutcome, RunningJob } from '../src/index.js';
import { createJobDatabase, newQueue as queueOf, schema } from './job-database.js';
import type { JobDatabase } from './job-database.js';
import { eventually } from './example-schema.js';

const DESTINATION = 'dmp';
const PER_OWNER = 4;
const WAITING = 40;

let at: JobDatabase;
let breaker: CircuitBreaker;

beforeAll(async () => {
  at = await createJobDatabase();
  breaker = new CircuitBreaker({ database: at.system, staleMs: 0, settings: { inARow: 1, probeEveryMs: 3_600_000 } });
}, 60_000);
afterEach(async () => {
  await Promise.all(at.runners.splice(0).map((runner) => runner.stop(0)));
});
afterAll(() => at?.test.drop());

/** Many jobs of an owner whose circuit is open, a runner that knows where they go, and what is seen of them. */
async function outage() {
  const queue = queueOf(at);
  const { owner } = queue;
  const handed: string[] = [];
  let answers = false;
  const handler = async (job: RunningJob<{ n: number }>): Promise<JobOutcome> => {
    handed.push(job.owner);
    const permit = await breaker.permit(DESTINATION, job.owner);
    if (!permit.allowed) return release(permit.nextProbeAt, 'CIRCUIT_OPEN');
    if (job.owner !== owner || answers) {
      await permit.answered();
      return done();
    }
    await permit.failed();
    return retryAt(new Date(), 'UNREACHABLE');
  };
  const permit = await breaker.permit(DESTINATION, owner);
  if (permit.allowed) await permit.failed();
  await queue.add(Array.from({ length: WAITING }, (_, n) => ({ key: String(n) })));
  return {
    ...queue,
    handed,
    /** Of the owner whose circuit is open. */
    handedOver: () => handed.filter((one) => one === owner).length,
    start: () => queue.runner(handler, { destination: DESTINATION, perOwner: PER_OWNER }),
    answersAgain: () => {
      answers = true;
    },
    probeIsDue: () =>
      at.test.admin(`UPDATE ${schema}.destination_circuit SET next_probe_at = now() WHERE owner = $1`, [owner]),
    /** Resolves after a claim that began later than this call. */
    aClaim: async () => {
      const other = queueOf(at).owner;
      await queue.add([{ owner: other, key: other }], [other]);
      await eventually('the job of another owner', () => handed.includes(other));
    },
  };
}

describe('jobs for a destination whose circuit is open', () => {
  it('are left alone, while those of another owner run', async () => {
    const { start, aClaim, handedOver, get } = await outage();
    start();
    await aClaim();
    await aClaim();
    expect(handedOver()).toBe(0);
    expect(await get('0')).toMatchObject({ state: 'ready', attempts: 0, lastCode: null });
  });

  it('are looked at a few at a time for each probe, and all leave once one is answered', async () => {
    const { start, aClaim, handedOver, probeIsDue, answersAgain, owner, jobs, queue } = await outage();
    start();
    await probeIsDue();
    await eventually('a probe that fails', handedOver);
    await aClaim();
    expect(handedOver()).toBeLessThanOrEqual(PER_OWNER);
    answersAgain();
    await probeIsDue();
    const gone = await eventually('most of them', async () => {
      const states = await at.service.transaction([owner], (tx) => jobs.count(tx, queue));
      return (states.done ?? 0) >= WAITING - 2 * PER_OWNER && states;
    });
    expect(gone.parked ?? 0).toBe(0);
    expect(handedOver()).toBeLessThanOrEqual(WAITING + 2 * PER_OWNER);
  });
});
