import type { DeliveryJob } from '@pfi/platform-go-ahead';
import type { Outbox } from '@pfi/platform-messaging';
import {
  done,
  GroupedCalls,
  heldTogether,
  LeaseLost,
  retryAt,
  settleTogether,
  type Database,
  type JobOutcome,
  type RunningJob,
  type Tx,
} from '@pfi/platform-postgres';
import { meter } from '@pfi/platform-telemetry';
import type { Intent, Move, Submission, SubmissionRepository } from '../persistence/submission.repository.js';
import { outcomeEvent, type FinalOutcome } from './outcome-events.js';

const ended = meter('pfi-dmp-gateway').createCounter('pfi_dmp_deposits', {
  description: 'Deposits that came to an end, by outcome and code',
});

export type Job = RunningJob<DeliveryJob>;

/** Why, and until when, a deposit waits. `unknown` = bytes may have been taken. */
export type Wait = Pick<Move, 'code' | 'looked' | 'errorAnswer'> & {
  readonly state: 'ready' | 'unknown';
  readonly code: string;
  readonly at: Date;
};

/** An end holds no slot any more: a little later, with those of others. */
const ENDS_GATHER_MS = 10;

interface Intending {
  readonly job: Job;
  readonly submission: Submission;
  readonly intent: Intent;
}

/** What ends a run: where the submission goes, what becomes of the job, what is announced. */
interface Ending {
  readonly job: Job;
  readonly submission: Submission;
  readonly outcome: JobOutcome;
  readonly move: Move;
  readonly final?: FinalOutcome;
}

/**
 * The durable steps of a deposit: each in one transaction, shared by runs of one owner that come to it at the same time, and
 * fenced by each job's lease (LEASE_LOST when another run holds it by now).
 */
export class DepositLedger {
  readonly #loads: GroupedCalls<Job, Submission | undefined>;
  readonly #intents: GroupedCalls<Intending, Submission>;
  readonly #endings: GroupedCalls<Ending, JobOutcome>;

  constructor(
    private readonly database: Database,
    private readonly repository: SubmissionRepository,
    private readonly outbox: Outbox,
  ) {
    this.#loads = new GroupedCalls({ keyOf: ({ owner }) => owner, run: (jobs) => this.loadAll(jobs) });
    this.#intents = new GroupedCalls({ keyOf: ({ job }) => job.owner, run: (intents) => this.intendAll(intents) });
    this.#endings = new GroupedCalls({
      keyOf: ({ job }) => job.owner,
      gatherMs: ENDS_GATHER_MS,
      run: (endings) => this.endAll(endings),
    });
  }

  load(job: Job): Promise<Submission | undefined> {
    return this.#loads.call(job);
  }

  /** Commits what is about to leave. */
  intend(job: Job, submission: Submission, intent: Intent): Promise<Submission> {
    return this.#intents.call({ job, submission, intent });
  }

  /** An end: state, event and job together. */
  finish(job: Job, submission: Submission, outcome: FinalOutcome): Promise<JobOutcome> {
    return this.#endings.call({ job, submission, outcome: done(), move: endOf(outcome), final: outcome });
  }

  /** The documents context withdrew its request: it knows why, nothing is announced. */
  stop(job: Job, submission: Submission, code: string): Promise<JobOutcome> {
    const move: Move = { state: 'cancelled', code, text: null, inDoubt: false };
    return this.#endings.call({ job, submission, outcome: done(code), move });
  }

  wait(job: Job, submission: Submission, { at, ...wait }: Wait): Promise<JobOutcome> {
    const move: Move = { ...wait, text: null, inDoubt: wait.state === 'unknown' };
    return this.#endings.call({ job, submission, outcome: retryAt(at, wait.code), move });
  }

  private async loadAll(jobs: readonly Job[]): Promise<(Submission | undefined)[]> {
    const ids = jobs.map(({ payload }) => payload.deliveryId);
    const found = await this.inTransaction(jobs[0], (tx) => this.repository.findAll(tx, ids));
    return ids.map((id) => found.get(id));
  }

  private async intendAll(intents: readonly Intending[]): Promise<(Submission | Error)[]> {
    const held = await this.inTransaction(intents[0]?.job, async (tx) => {
      const jobs = await heldTogether(
        tx,
        intents.map(({ job }) => job),
      );
      const leaving = intents.filter(({ job }) => jobs.has(job));
      await this.repository.sending(
        tx,
        leaving.map(({ submission, intent }) => ({ ...intent, deliveryId: submission.deliveryId })),
      );
      return jobs;
    });
    return intents.map(({ job, submission, intent }) =>
      held.has(job)
        ? { ...submission, ...intent, state: 'sending', inDoubt: true, attempts: submission.attempts + 1 }
        : new LeaseLost(),
    );
  }

  private async endAll(endings: readonly Ending[]): Promise<(JobOutcome | Error)[]> {
    const settled = await this.inTransaction(endings[0]?.job, async (tx) => {
      const jobs = await settleTogether(tx, endings);
      const ours = endings.filter(({ job }) => jobs.has(job));
      await this.repository.moved(
        tx,
        ours.map(({ submission, move }) => ({ ...move, deliveryId: submission.deliveryId })),
      );
      await this.outbox.append(
        tx,
        ours.flatMap(({ job, submission, final }) =>
          final ? outcomeEvent(submission, final, job.traceparent ?? undefined) : [],
        ),
      );
      tx.afterCommit(() => ours.forEach(({ final }) => final && count(final)));
      return jobs;
    });
    return endings.map(({ job, outcome }) => (settled.has(job) ? outcome : new LeaseLost()));
  }

  private inTransaction<T>(job: Job | undefined, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(job ? [job.owner] : [], work);
  }
}

const count = (outcome: FinalOutcome): void =>
  ended.add(1, { outcome: outcome.kind, code: outcome.kind === 'accepted' ? 'ACCEPTED' : outcome.code });

const endOf = (outcome: FinalOutcome): Move =>
  outcome.kind === 'accepted'
    ? {
        state: 'accepted',
        code: null,
        text: null,
        inDoubt: false,
        entryUuid: outcome.entryUuid,
        reconciled: outcome.reconciled,
      }
    : {
        state: outcome.kind,
        code: outcome.code,
        text: outcome.text,
        inDoubt: outcome.kind === 'parked' && outcome.inDoubt,
      };
