import type { Outbox } from '@pfi/platform-messaging';
import { done, retryAt, type Database, type JobOutcome, type RunningJob, type Tx } from '@pfi/platform-postgres';
import { meter } from '@pfi/platform-telemetry';
import type { Intent, Message, MessageRepository, Move } from '../persistence/message.repository.js';
import type { MailJob } from './mail-requests.js';
import { outcomeEvent, type SendingOutcome } from './outcome-events.js';

const ended = meter('pfi-mss-gateway').createCounter('pfi_mss_mails', {
  description: 'Mails whose sending came to an end, by outcome and code',
});

export type Job = RunningJob<MailJob>;

/** Why, and until when, a mail waits. `unknown` = the operator may have taken it. */
export interface Wait {
  readonly state: 'ready' | 'unknown';
  readonly code: string;
  readonly text?: string | null;
  readonly status?: string | null;
  readonly at: Date;
  readonly inDoubt: boolean;
  readonly lostAnswer?: boolean;
}

/** The durable steps of a sending: each one transaction, fenced by the job's lease (LEASE_LOST when another run holds it by now). */
export class MailLedger {
  constructor(
    private readonly database: Database,
    private readonly repository: MessageRepository,
    private readonly outbox: Outbox,
  ) {}

  load(job: Job): Promise<Message | undefined> {
    return this.inTransaction(job, (tx) => this.repository.find(tx, job.payload.deliveryId));
  }

  /** Commits what is about to leave; undefined when a notice has come meanwhile: there is nothing left to send. */
  async intend(job: Job, intent: Intent): Promise<Message | undefined> {
    return this.inTransaction(job, async (tx) => {
      await job.assertHeld(tx);
      const before = await this.repository.lock(tx, job.payload.deliveryId);
      if (!before || isSettled(before)) return undefined;
      await this.repository.sending(tx, before.deliveryId, intent);
      const messageId = before.messageId ?? intent.messageId;
      return { ...before, ...intent, messageId, state: 'sending', inDoubt: true, attempts: before.attempts + 1 };
    });
  }

  /** An end: state, event and job together. What a notice said before is not unsaid. */
  async finish(job: Job, outcome: SendingOutcome, address: string | null = null): Promise<JobOutcome> {
    return this.settle(job, done(), async (tx, before) => {
      const code = outcome.kind === 'sent' ? 'ACCEPTED' : outcome.code;
      tx.afterCommit(() => ended.add(1, { outcome: outcome.kind, code }));
      const move = endOf(outcome, address);
      await this.repository.moved(tx, before.deliveryId, move);
      const after: Message = {
        ...before,
        state: move.state,
        outcomeCode: move.code,
        outcomeText: move.text,
        status: move.status,
        address: address ?? before.address,
      };
      await this.outbox.append(tx, [outcomeEvent(outcome.kind, after, { traceparent: job.traceparent ?? undefined })]);
    });
  }

  /** Asked for again although it has left: what became of it is said again. */
  async repeat(job: Job): Promise<JobOutcome> {
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, done());
      const message = await this.repository.lock(tx, job.payload.deliveryId);
      if (message?.state === 'sent' || message?.state === 'delivered')
        await this.outbox.append(tx, [
          outcomeEvent(message.state, message, { traceparent: job.traceparent ?? undefined }),
        ]);
    });
    return done();
  }

  /** The documents context withdrew its request: it knows why, nothing is announced. An earlier try may still have arrived. */
  async stop(job: Job, code: string): Promise<JobOutcome> {
    return this.settle(job, done(code), (tx, { deliveryId, inDoubt }) =>
      this.repository.moved(tx, deliveryId, { state: 'cancelled', code, text: null, status: null, inDoubt }),
    );
  }

  async wait(job: Job, wait: Wait): Promise<JobOutcome> {
    const { at, state, code, text = null, status = null, inDoubt, lostAnswer = false } = wait;
    return this.settle(job, retryAt(at, code), (tx, { deliveryId }) =>
      this.repository.moved(tx, deliveryId, { state, code, text, status, inDoubt, lostAnswer }),
    );
  }

  private settle(
    job: Job,
    outcome: JobOutcome,
    write: (tx: Tx, before: Message) => Promise<void>,
  ): Promise<JobOutcome> {
    return this.inTransaction(job, async (tx) => {
      await job.assertHeld(tx);
      const before = await this.repository.lock(tx, job.payload.deliveryId);
      const settled = !before || isSettled(before) ? done('SETTLED_BY_NOTICE') : outcome;
      await job.settle(tx, settled);
      if (before && settled === outcome) await write(tx, before);
      return settled;
    });
  }

  private inTransaction<T>(job: Job, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction([job.owner], work);
  }
}

/** A notice came while, or before, a run wrote what it knows. */
const isSettled = ({ state }: Message): boolean => state === 'delivered' || state === 'bounced';

const endOf = (outcome: SendingOutcome, address: string | null): Move =>
  outcome.kind === 'sent'
    ? { state: 'sent', code: null, text: null, status: outcome.status, inDoubt: false, address }
    : {
        state: outcome.kind,
        code: outcome.code,
        text: outcome.text,
        status: outcome.status ?? null,
        inDoubt: outcome.kind === 'parked' && outcome.inDoubt,
        address,
      };
