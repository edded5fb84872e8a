import { retryDelay, type JobOutcome } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import { meter, type Logger } from '@pfi/platform-telemetry';
import { expired } from './ends.js';
import type { Job, MailLedger, Wait } from './mail-ledger.js';

const late = meter('pfi-mss-gateway').createCounter('pfi_mss_late_retries', {
  description: 'Tries put off of mails that have waited longer than the alert delay, by code',
});

/** How long a mail is tried, and when next. */
export class Patience {
  constructor(
    private readonly ght: Ght,
    private readonly ledger: MailLedger,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  waitOrGiveUp(job: Job, wait: Wait): Promise<JobOutcome> {
    if (this.isExpired(job)) return this.ledger.finish(job, expired(wait.inDoubt));
    if (this.age(job) > this.ght.file.delays.smtp.alertAfter) {
      late.add(1, { code: wait.code });
      this.logger.warn({ code: wait.code, owner: job.owner, deliveryId: job.payload.deliveryId }, 'mail is late');
    }
    return this.ledger.wait(job, wait);
  }

  /** Looked at after a failure only: a job that waited long for other reasons still gets its try. */
  isExpired(job: Job): boolean {
    return this.age(job) > this.ght.file.delays.smtp.giveUp;
  }

  /** Never before the first delay that greylisting asks for (RFC 5321 §4.5.4.1), then with backoff. */
  nextTry(job: Job): Date {
    const { retry, smtp } = this.ght.file.delays;
    return inMs(smtp.firstRetry + retryDelay(job.attempts - 1, { baseMs: smtp.firstRetry, capMs: retry.cap }));
  }

  private age(job: Job): number {
    return Date.now() - job.createdAt.getTime();
  }
}

export const inMs = (ms: number, from = Date.now()): Date => new Date(from + ms);

const OURS_MS = 1_000;

/** When to try again what a part of ours could not serve: it comes back within seconds, and must not be waited for in minutes. */
export const soon = (): Date => inMs(OURS_MS * (0.5 + Math.random()));
