import { DomainError } from '@pfi/health';
import type { Database } from './database.js';
import { leasesOf } from './job-batches.js';
import { anyDue, assertLease, claimJobs, LeaseLost, renewLeases, settleJob } from './job-leases.js';
import type { ClaimedJob } from './job-leases.js';
import type { JobQueue } from './job-queue.js';
import { park, retryAt } from './job.types.js';
import type { JobHandler, JobOutcome, RunningJob } from './job.types.js';
import { DEFAULT_RETRY_DELAYS, retryDelay } from './retry-delay.js';
import type { RetryDelays } from './retry-delay.js';

export interface JobRunnerOptions {
  /** Connected as `<schema>_system`. */
  readonly database: Database;
  readonly queue: string;
  readonly handler: JobHandler<never>;
  /**
   * Where the jobs of this queue go. While the circuit of an owner to it is open, its jobs are left alone; once a probe is due, as many
   * as the owner may have in flight are given to the handler, which asks the CircuitBreaker.
   */
  readonly destination?: string;
  /** Wakes the runner as soon as this process commits a job; without it only polling does. */
  readonly jobs?: JobQueue;
  /** In flight in this runner, by owner. Default 8. */
  readonly perOwner?: number;
  /** In flight in this runner. Default 64. */
  readonly concurrency?: number;
  /** Default 10 s, renewed every third of it: jobs of a process that died are taken over after this. */
  readonly leaseMs?: number;
  /** Default 500 ms. */
  readonly pollMs?: number;
  /** How long after an end more ends are waited for, so that their places are filled by one claim. Default 5 ms. */
  readonly gatherMs?: number;
  /** For what a handler throws: delays, and the number of attempts after which the job is parked (default 10). */
  readonly unexpected?: RetryDelays & { readonly maxAttempts: number };
  readonly random?: () => number;
  readonly now?: () => Date;
  /** Told of what a handler threw and of failures of the runner itself. */
  readonly onError?: (error: unknown, job?: { id: string; queue: string; owner: string }) => void;
}

const EXPIRE_EVERY_MS = 1_000;

/** Rolls a claim back. */
class NoMoreTaken extends Error {}

interface Run {
  readonly job: ClaimedJob;
  readonly abort: AbortController;
  /** Monotonic, ms: when the lease was last known to hold. */
  leasedAt: number;
  settled: boolean;
  finished: Promise<void>;
}

/**
 * Takes jobs of one queue and gives them to the handler; any number of runners, in any number of processes.
 * A handler returns its outcome. When it throws: kind `unavailable` = retry with its code, for ever; another DomainError = parked with its
 * code; anything else = retry as JOB_FAILED, parked after `maxAttempts`.
 */
export class JobRunner {
  private readonly runs = new Map<string, Run>();
  private readonly options: Required<Omit<JobRunnerOptions, 'jobs' | 'destination'>> &
    Pick<JobRunnerOptions, 'destination'>;
  private running = false;
  private paused = false;
  private claiming: Promise<void> | undefined;
  private again = false;
  /** Monotonic, ms: when leases that others let expire were last looked for. */
  private expiredAt = Number.NEGATIVE_INFINITY;
  private poll: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private renewal: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(options: JobRunnerOptions) {
    const { jobs, ...given } = options;
    this.options = {
      perOwner: 8,
      concurrency: 64,
      leaseMs: 10_000,
      pollMs: 500,
      gatherMs: 5,
      unexpected: { ...DEFAULT_RETRY_DELAYS, maxAttempts: 10 },
      random: Math.random,
      now: () => new Date(),
      onError: () => undefined,
      ...given,
    };
    this.unsubscribe = jobs?.onReady(options.queue, () => this.wake());
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.poll = setInterval(() => this.look(), this.options.pollMs);
    this.wake();
  }

  /** Takes no more jobs until `resume`, be it started before or after; those in hand go on. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.wake();
  }

  /** Looks for due jobs now rather than at the next poll. */
  wake(): void {
    if (this.claiming === undefined) this.begin(() => this.claim());
    else this.again = true;
  }

  /** Most polls find nothing, and to see that costs a quarter of a claim. */
  private look(): void {
    const { database } = this.options;
    if (this.claiming !== undefined) return;
    this.begin(async () => {
      if ((await anyDue(database, this.options)) && this.takes) await this.claim();
    });
  }

  private begin(claim: () => Promise<void>): void {
    if (!this.takes) return;
    this.claiming = claim()
      .catch((error: unknown) => this.options.onError(error))
      .finally(() => {
        this.claiming = undefined;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  private get takes(): boolean {
    return this.running && !this.paused;
  }

  /** Ends that come close together make one claim. */
  private wakeSoon(): void {
    if (this.runs.size === 0) this.wake();
    else
      this.soon ??= setTimeout(() => {
        this.soon = undefined;
        this.wake();
      }, this.options.gatherMs);
  }

  /** Jobs now in the hands of handlers. */
  get inFlight(): number {
    return this.runs.size;
  }

  /**
   * Takes no more, waits for the running handlers, and after `deadlineMs` aborts their signal and gives up: what they
   * hold is taken over when the lease expires. True when all ended in time.
   */
  async stop(deadlineMs = 25_000): Promise<boolean> {
    this.running = false;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    clearInterval(this.poll);
    clearTimeout(this.soon);
    await this.claiming;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), deadlineMs);
    });
    const all = Promise.all([...this.runs.values()].map((run) => run.finished)).then(() => true);
    const ended = await Promise.race([all, deadline]);
    clearTimeout(timer);
    this.endRenewal();
    if (!ended) for (const run of this.runs.values()) run.abort.abort();
    return ended;
  }

  private async claim(): Promise<void> {
    const { database, queue, destination, perOwner, concurrency, leaseMs } = this.options;
    const limit = concurrency - this.runs.size;
    if (limit <= 0) return;
    const leasedAt = performance.now();
    const expire = leasedAt - this.expiredAt >= Math.min(EXPIRE_EVERY_MS, leaseMs / 4);
    if (expire) this.expiredAt = leasedAt;
    const claimed = await database
      .transaction([], async (tx) => {
        const jobs = await claimJobs(tx, {
          queue,
          destination,
          busy: this.busyByOwner(),
          perOwner,
          limit,
          leaseMs,
          expire,
        });
        // Whoever paused or stopped this runner meanwhile takes no more: they stay where they were.
        if (!this.takes) throw new NoMoreTaken();
        return jobs;
      })
      .catch((error: unknown) => {
        if (error instanceof NoMoreTaken) return [];
        throw error;
      });
    for (const job of claimed) this.launch(job, leasedAt);
  }

  private busyByOwner(): Map<string, number> {
    const busy = new Map<string, number>();
    for (const { job } of this.runs.values()) busy.set(job.owner, (busy.get(job.owner) ?? 0) + 1);
    return busy;
  }

  private launch(job: ClaimedJob, leasedAt: number): void {
    const run: Run = { job, abort: new AbortController(), leasedAt, settled: false, finished: Promise.resolve() };
    this.runs.set(job.leaseToken, run);
    this.renewal ??= setInterval(() => void this.renew(), this.options.leaseMs / 3);
    run.finished = this.run(run)
      .catch((error: unknown) => this.report(error, job))
      .finally(() => {
        this.runs.delete(job.leaseToken);
        if (this.runs.size === 0) this.endRenewal();
        // a place is free, and the next of the same order may run
        this.wakeSoon();
      });
  }

  private async run(run: Run): Promise<void> {
    const { job, abort } = run;
    const { leaseToken: _leaseToken, ...shown } = job;
    const settled = (): void => {
      run.settled = true;
    };
    const running: RunningJob = {
      ...shown,
      signal: abort.signal,
      assertHeld: (tx) => assertLease(tx, job),
      settle: async (tx, outcome) => {
        await settleJob(tx, job, outcome);
        tx.afterCommit(settled);
      },
    };
    leasesOf.set(running, { job, settled });
    let outcome: JobOutcome;
    try {
      outcome = await this.options.handler(running as RunningJob<never>);
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      this.report(error, job);
      outcome = this.outcomeOf(error, job);
    }
    if (!run.settled) await this.write(job, outcome, abort.signal);
  }

  private outcomeOf(error: unknown, job: ClaimedJob): JobOutcome {
    const { unexpected, random, now } = this.options;
    const again = new Date(now().getTime() + retryDelay(job.attempts, unexpected, random));
    if (error instanceof DomainError) {
      return error.kind === 'unavailable' ? retryAt(again, error.code, error.textFr) : park(error.code, error.textFr);
    }
    if (job.attempts < unexpected.maxAttempts) return retryAt(again, 'JOB_FAILED');
    return park(
      'JOB_FAILED',
      `Le traitement a échoué ${job.attempts} fois pour une raison imprévue. Consultez le journal du service, puis rejouez.`,
    );
  }

  /** Insists while the database is away, as long as the lease is not known to be lost. */
  private async write(job: ClaimedJob, outcome: JobOutcome, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.options.database.transaction([], (tx) => settleJob(tx, job, outcome));
        return;
      } catch (error) {
        const temporary = error instanceof DomainError && error.kind === 'unavailable';
        if (!temporary || signal.aborted) throw error;
        await new Promise((resume) => setTimeout(resume, retryDelay(attempt, { baseMs: 50, capMs: 1_000 })));
      }
    }
  }

  /** Only leases in hand are renewed: each tick wakes an idle process. */
  private endRenewal(): void {
    clearInterval(this.renewal);
    this.renewal = undefined;
  }

  private async renew(): Promise<void> {
    const runs = [...this.runs.values()];
    const { database, leaseMs } = this.options;
    const leasedAt = performance.now();
    try {
      const jobs = runs.map((run) => run.job);
      const held = await database.transaction([], (tx) => renewLeases(tx, jobs, leaseMs));
      for (const run of runs) {
        if (held.has(run.job.leaseToken)) run.leasedAt = leasedAt;
        else if (!run.settled) run.abort.abort();
      }
    } catch (error) {
      // unreachable database: another runner may take what we could not renew
      for (const run of runs) if (performance.now() - run.leasedAt > leaseMs) run.abort.abort();
      this.options.onError(error);
    }
  }

  private report(error: unknown, job: ClaimedJob): void {
    this.options.onError(error, { id: job.id, queue: job.queue, owner: job.owner });
  }
}
