import { LeaseLost, heldLeases, settleJobs } from './job-leases.js';
import type { ClaimedJob } from './job-leases.js';
import type { JobOutcome, RunningJob } from './job.types.js';
import type { Tx } from './tx.js';

/** What a runner knows of a job that it gave to a handler. */
export interface Lease {
  readonly job: ClaimedJob;
  /** Told once the outcome is committed. */
  readonly settled: () => void;
}

/** Leases by the job as the handler sees it. */
export const leasesOf = new WeakMap<object, Lease>();

/** `assertHeld` for several jobs in one statement: those that still hold, their rows locked until `tx` ends. */
export async function heldTogether<Job extends RunningJob>(tx: Tx, jobs: readonly Job[]): Promise<Set<Job>> {
  const known = jobs.flatMap((job) => leasesOf.get(job)?.job ?? []);
  const held = known.length > 0 ? await heldLeases(tx, known) : new Set<string>();
  return keepEach(jobs, (job) => {
    const lease = leasesOf.get(job);
    return lease ? held.has(lease.job.leaseToken) : holds(job.assertHeld(tx));
  });
}

/** `settle` for several jobs in one statement: those that still held, whose outcome is written. */
export async function settleTogether<Job extends RunningJob>(
  tx: Tx,
  endings: readonly { readonly job: Job; readonly outcome: JobOutcome }[],
): Promise<Set<Job>> {
  const known = endings.flatMap(({ job, outcome }) => {
    const lease = leasesOf.get(job);
    return lease ? [{ job: lease.job, outcome }] : [];
  });
  const written = known.length > 0 ? await settleJobs(tx, known) : new Set<string>();
  const outcomes = new Map(endings.map(({ job, outcome }) => [job, outcome]));
  return keepEach([...outcomes.keys()], (job) => {
    const lease = leasesOf.get(job);
    if (!lease) return holds(job.settle(tx, outcomes.get(job) as JobOutcome));
    const held = written.has(lease.job.leaseToken);
    if (held) tx.afterCommit(lease.settled);
    return held;
  });
}

async function keepEach<Job>(jobs: readonly Job[], holds: (job: Job) => boolean | Promise<boolean>): Promise<Set<Job>> {
  const kept = new Set<Job>();
  for (const job of jobs) if (await holds(job)) kept.add(job);
  return kept;
}

async function holds(fenced: Promise<void>): Promise<boolean> {
  try {
    await fenced;
    return true;
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    throw error;
  }
}
