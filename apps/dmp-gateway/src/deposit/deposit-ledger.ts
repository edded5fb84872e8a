import type { Outbox } from '@pfi/platform-messaging';
import { done, retryAt, type Database, type JobOutcome, type RunningJob, type Tx } from '@pfi/platform-postgres';
import { meter } from '@pfi/platform-telemetry';
import type { Intent, Move, Submission, SubmissionRepository } from '../persistence/submission.repository.js';
import type { DepositJob } from './deposit-requests.js';
import { outcomeEvent, type FinalOutcome } from './outcome-events.js';

const ended = meter('pfi-dmp-gateway').createCounter('pfi_dmp_deposits', {
  description: 'Deposits that came to an end, by outcome and code',
});

export type Job = RunningJob<DepositJob>;

/** Why, and until when, a deposit waits. `unknown` = bytes may have been taken. */
export type Wait = Pick<Move, 'code' | 'looked' | 'errorAnswer'> & {
  readonly state: 'ready' | 'unknown';
  readonly code: string;
  readonly at: Date;
};

/** The durable steps of a deposit: each one transaction, fenced by the job's lease (LEASE_LOST when another run holds it by now). */
export class DepositLedger {
  constructor(
    private readonly database: Database,
    private readonly repository: SubmissionRepository,
    private readonly outbox: Outbox,
  ) {}

  load(job: Job): Promise<Submission | undefined> {
    return this.inTransaction(job, (tx) => this.repository.find(tx, job.payload.deliveryId));
  }

  /** Commits what is about to leave. */
  async intend(job: Job, submission: Submission, intent: Intent): Promise<Submission> {
    await this.inTransaction(job, async (tx) => {
      await job.assertHeld(tx);
      await this.repository.sending(tx, submission.deliveryId, intent);
    });
    return { ...submission, ...intent, state: 'sending', inDoubt: true, attempts: submission.attempts + 1 };
  }

  /** An end: state, event and job together. */
  async finish(job: Job, submission: Submission, outcome: FinalOutcome): Promise<JobOutcome> {
    await this.inTransaction(job, async (tx) => {
      const code = outcome.kind === 'accepted' ? 'ACCEPTED' : outcome.code;
      tx.afterCommit(() => ended.add(1, { outcome: outcome.kind, code }));
      await job.settle(tx, done());
      await this.repository.moved(tx, submission.deliveryId, endOf(outcome));
      await this.outbox.append(tx, [outcomeEvent(submission, outcome, job.traceparent ?? undefined)]);
    });
    return done();
  }

  /** The documents context withdrew its request: it knows why, nothing is announced. */
  async stop(job: Job, submission: Submission, code: string): Promise<JobOutcome> {
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, done(code));
      await this.repository.moved(tx, submission.deliveryId, { state: 'cancelled', code, text: null, inDoubt: false });
    });
    return done(code);
  }

  async wait(job: Job, submission: Submission, wait: Wait): Promise<JobOutcome> {
    const { at, ...move } = wait;
    const outcome = retryAt(at, wait.code);
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, outcome);
      await this.repository.moved(tx, submission.deliveryId, {
        ...move,
        text: null,
        inDoubt: wait.state === 'unknown',
      });
    });
    return outcome;
  }

  private inTransaction<T>(job: Job, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction([job.owner], work);
  }
}

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
