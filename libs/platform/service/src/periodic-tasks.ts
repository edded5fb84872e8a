import {
  JobRunner,
  release,
  type Database,
  type JobOutcome,
  type JobQueue,
  type RunningJob,
} from '@pfi/platform-postgres';
import type { Logger } from '@pfi/platform-telemetry';

/** Work that comes back, done by one instance of the service at a time. */
export interface PeriodicTask {
  /** Stable: names the task among the instances. */
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

export interface PeriodicTasksOptions {
  readonly systemDatabase: Database;
  readonly jobs: JobQueue;
  readonly logger: Logger;
  readonly tasks: readonly PeriodicTask[];
  /** Default 5 s. */
  readonly pollMs?: number;
}

const QUEUE = 'periodic';
/** Periodic work is nobody's in particular. */
const OWNER = 'ght';

/**
 * Periodic work as one job for each task, which never ends: every run gives it back for the next one. Its lease keeps it to one
 * instance, and another takes over when that one dies. A run that fails is logged and comes back at its next turn.
 */
export class PeriodicTasks {
  readonly #tasks: ReadonlyMap<string, PeriodicTask>;
  readonly #runner: JobRunner;
  #planning: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly options: PeriodicTasksOptions) {
    this.#tasks = new Map(options.tasks.map((task) => [task.name, task]));
    this.#runner = new JobRunner({
      database: options.systemDatabase,
      queue: QUEUE,
      jobs: options.jobs,
      pollMs: options.pollMs ?? 5_000,
      handler: (job: RunningJob) => this.handle(job),
      onError: () => options.logger.warn({ queue: QUEUE }, 'periodic work could not be taken'),
    });
  }

  /** Returns at once; insists while the database is away. */
  start(): void {
    this.#runner.start();
    void this.plan();
  }

  pause(): void {
    this.#runner.pause();
  }

  resume(): void {
    this.#runner.resume();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#planning);
    await this.#runner.stop();
  }

  private async plan(): Promise<void> {
    const { systemDatabase, jobs, logger } = this.options;
    const wanted = [...this.#tasks.keys()].map((key) => ({ owner: OWNER, queue: QUEUE, key, payload: {} }));
    try {
      await systemDatabase.transaction([], (tx) => jobs.enqueue(tx, wanted));
    } catch {
      logger.warn({ queue: QUEUE }, 'periodic work could not be planned yet');
      if (!this.#stopped) this.#planning = setTimeout(() => void this.plan(), this.options.pollMs ?? 5_000);
    }
  }

  private async handle(job: RunningJob): Promise<JobOutcome> {
    const task = this.#tasks.get(job.key);
    // Planned by another version of the service: left to it.
    if (!task) return release(new Date(Date.now() + 60_000));
    try {
      await task.run();
    } catch (err) {
      this.options.logger.error({ task: task.name, err }, 'periodic work failed');
    }
    return release(new Date(Date.now() + task.everyMs));
  }
}
