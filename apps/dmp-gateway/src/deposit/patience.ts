import { retryDelay, type JobOutcome } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { Submission } from '../persistence/submission.repository.js';
import type { DepositLedger, Job, Wait } from './deposit-ledger.js';
import { expired } from './ends.js';

/** How long a delivery is tried, and when next. */
export class Patience {
  constructor(
    private readonly ght: Ght,
    private readonly ledger: DepositLedger,
  ) {}

  waitOrGiveUp(job: Job, submission: Submission, wait: Wait): Promise<JobOutcome> {
    return this.isExpired(job)
      ? this.ledger.finish(job, submission, expired(wait.state === 'unknown'))
      : this.ledger.wait(job, submission, wait);
  }

  /** Looked at after a failure only: a job that waited long for other reasons still gets its try. */
  isExpired(job: Job): boolean {
    return Date.now() - job.createdAt.getTime() > this.ght.file.delays.dmp.giveUp;
  }

  /** Never before the delay that the server asked for, as far as it is within the time we would wait at all. */
  nextTry(job: Job, askedMs = 0): Date {
    const { retry, dmp } = this.ght.file.delays;
    return inMs(
      Math.max(Math.min(askedMs, dmp.giveUp), retryDelay(job.attempts, { baseMs: retry.base, capMs: retry.cap })),
    );
  }
}

export const inMs = (ms: number): Date => new Date(Date.now() + ms);

const OURS_MS = 1_000;

/** When to try again what a part of ours could not serve: it comes back within seconds, and must not be waited for in minutes. */
export const soon = (): Date => inMs(OURS_MS * (0.5 + Math.random()));
