import { randomUUID } from 'node:crypto';
import { JobQueue, JobRunner } from '../src/index.js';
import type { Database, JobOutcome, JobRunnerOptions, NewJob, RunningJob } from '../src/index.js';
import { createTestDatabase } from '../src/testing/index.js';
import type { TestDatabase } from '../src/testing/index.js';
import { eventually, migrations } from './example-schema.js';

export const schema = 'documents';

export interface JobDatabase {
  readonly test: TestDatabase;
  readonly service: Database;
  readonly system: Database;
  readonly runners: JobRunner[];
}

export async function createJobDatabase(): Promise<JobDatabase> {
  const test = await createTestDatabase([{ schema, migrations }]);
  return { test, service: await test.open(schema), system: await test.open(schema, { role: 'system' }), runners: [] };
}

/** A queue of its own for each test. */
export function newQueue({ service, system, runners }: JobDatabase) {
  const owner = `ej:${randomUUID()}`;
  const queue = randomUUID();
  const jobs = new JobQueue();
  return {
    queue,
    owner,
    jobs,
    add: (more: readonly Partial<NewJob>[], scopes: readonly string[] = [owner]) =>
      service.transaction(scopes, (tx) =>
        jobs.enqueue(
          tx,
          more.map((job) => ({ owner, queue, key: randomUUID(), payload: {}, ...job })),
        ),
      ),
    get: (key: string) => service.transaction([owner], (tx) => jobs.get(tx, owner, queue, key)),
    runner: (
      handler: (job: RunningJob<{ n: number }>) => Promise<JobOutcome>,
      options: Partial<JobRunnerOptions> = {},
    ) => {
      const runner = new JobRunner({ database: system, queue, handler, jobs, pollMs: 20, ...options });
      runners.push(runner);
      runner.start();
      return runner;
    },
    settled: (count: number) =>
      eventually(`${count} jobs end`, async () => {
        const states = await service.transaction([owner], (tx) => jobs.count(tx, queue));
        return (states.done ?? 0) + (states.parked ?? 0) + (states.cancelled ?? 0) >= count && states;
      }),
  };
}
