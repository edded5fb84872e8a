import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryJob } from '@pfi/platform-go-ahead';
import type { Outbox } from '@pfi/platform-messaging';
import {
  DatabaseBusy,
  DatabaseUnavailable,
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
import type { Intent, Message, MessageRepository, Move } from '../persistence/message.repository.js';
import { outcomeEvent, type SendingOutcome } from './outcome-events.js';

const ended = meter('pfi-mss-gateway').createCounter('pfi_mss_mails', {
  description: 'Mails whose sending came to an end, by outcome and code',
});

export type Job = RunningJob<DeliveryJob>;

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

/** Each step waits a little for those of other runs: a mail has seconds, and many at a time share a transaction. */
const GATHER_MS = 20;
const INSIST_MS = 250;

interface Intending {
  readonly job: Job;
  readonly intent: Intent;
}

/** What a run writes at its end; `said`: what became of the mail, for the other contexts. */
interface Ending {
  readonly job: Job;
  readonly outcome: JobOutcome;
  /** What was in doubt stays so when it does not say. */
  readonly move: Omit<Move, 'inDoubt'> & Partial<Pick<Move, 'inDoubt'>>;
  readonly said?: SendingOutcome;
}

/**
 * The durable steps of a sending: each in one transaction, shared by runs of one owner that come to it at the same time, and
 * fenced by each job's lease (LEASE_LOST when another run holds it by now).
 */
export class MailLedger {
  readonly #loads: GroupedCalls<Job, Message | undefined>;
  readonly #intents: GroupedCalls<Intending, Message | undefined>;
  readonly #endings: GroupedCalls<Ending, JobOutcome>;

  constructor(
    private readonly database: Database,
    private readonly repository: MessageRepository,
    private readonly outbox: Outbox,
  ) {
    const gatherMs = GATHER_MS;
    this.#loads = new GroupedCalls({ gatherMs, keyOf: ({ owner }) => owner, run: (jobs) => this.loadAll(jobs) });
    this.#intents = new GroupedCalls({
      gatherMs,
      keyOf: ({ job }) => job.owner,
      run: (intents) => this.intendAll(intents),
    });
    this.#endings = new GroupedCalls({
      gatherMs,
      keyOf: ({ job }) => job.owner,
      run: (endings) => this.endAll(endings),
    });
  }

  load(job: Job): Promise<Message | undefined> {
    return this.#loads.call(job);
  }

  /** Commits what is about to leave; undefined when a notice has come meanwhile: there is nothing left to send. */
  intend(job: Job, intent: Intent): Promise<Message | undefined> {
    return this.#intents.call({ job, intent });
  }

  /** An end: state, event and job together. What a notice said before is not unsaid. */
  finish(job: Job, outcome: SendingOutcome, address: string | null = null): Promise<JobOutcome> {
    return this.end({ job, outcome: done(), move: endOf(outcome, address), said: outcome });
  }

  /** Asked for again although it has left: what became of it is said again. */
  async repeat(job: Job): Promise<JobOutcome> {
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, done());
      const message = (await this.repository.lockAll(tx, [job.payload.deliveryId])).get(job.payload.deliveryId);
      if (message?.state === 'sent' || message?.state === 'delivered')
        await this.outbox.append(tx, [
          outcomeEvent(message.state, message, { traceparent: job.traceparent ?? undefined }),
        ]);
    });
    return done();
  }

  /** The documents context withdrew its request: it knows why, nothing is announced. An earlier try may still have arrived. */
  stop(job: Job, code: string): Promise<JobOutcome> {
    const move = { state: 'cancelled', code, text: null, status: null } as const;
    return this.end({ job, outcome: done(code), move });
  }

  wait(job: Job, wait: Wait): Promise<JobOutcome> {
    const { at, state, code, text = null, status = null, inDoubt, lostAnswer = false } = wait;
    const move: Move = { state, code, text, status, inDoubt, lostAnswer };
    return this.end({ job, outcome: retryAt(at, code), move });
  }

  /**
   * What the operator answered is known to this run alone: while the database is away it insists, as long as the job is its own. Given
   * up, the mail would have to be sent a second time.
   */
  private async end(ending: Ending): Promise<JobOutcome> {
    for (;;) {
      try {
        return await this.#endings.call(ending);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable || error instanceof DatabaseBusy) || ending.job.signal.aborted)
          throw error;
        await delay(INSIST_MS);
      }
    }
  }

  private async loadAll(jobs: readonly Job[]): Promise<(Message | undefined)[]> {
    const found = await this.inTransaction(jobs[0], (tx) => this.repository.findAll(tx, jobs.map(idOf)));
    return jobs.map((job) => found.get(idOf(job)));
  }

  private intendAll(intents: readonly Intending[]): Promise<(Message | undefined | Error)[]> {
    return this.inTransaction(intents[0]?.job, async (tx) => {
      const jobs = intents.map(({ job }) => job);
      const held = await heldTogether(tx, jobs);
      const before = await this.repository.lockAll(tx, [...held].map(idOf));
      const leaving = intents.flatMap(({ job, intent }) => {
        const message = held.has(job) ? before.get(idOf(job)) : undefined;
        return message && !isSettled(message) ? [{ message, intent }] : [];
      });
      await this.repository.sending(
        tx,
        leaving.map(({ message, intent }) => ({ ...intent, deliveryId: message.deliveryId })),
      );
      const sending = new Map(leaving.map(({ message, intent }) => [message.deliveryId, withIntent(message, intent)]));
      return jobs.map((job) => (held.has(job) ? sending.get(idOf(job)) : new LeaseLost()));
    });
  }

  private endAll(endings: readonly Ending[]): Promise<(JobOutcome | Error)[]> {
    return this.inTransaction(endings[0]?.job, async (tx) => {
      const jobs = endings.map(({ job }) => job);
      // Jobs before messages, as in an intent: a notice locks messages alone.
      const held = await heldTogether(tx, jobs);
      const before = await this.repository.lockAll(tx, [...held].map(idOf));
      const ours = endings
        .filter(({ job }) => held.has(job))
        .map((ending) => {
          const message = before.get(idOf(ending.job));
          const open = message && !isSettled(message) ? message : undefined;
          return { ...ending, open, outcome: open ? ending.outcome : done('SETTLED_BY_NOTICE') };
        });
      await settleTogether(tx, ours);
      await this.repository.moved(
        tx,
        ours.flatMap(({ open, move }) =>
          open ? [{ inDoubt: open.inDoubt, ...move, deliveryId: open.deliveryId }] : [],
        ),
      );
      await this.outbox.append(
        tx,
        ours.flatMap(({ job, open, move, said }) => {
          if (!open || !said) return [];
          tx.afterCommit(() => count(said));
          return [outcomeEvent(said.kind, withMove(open, move), { traceparent: job.traceparent ?? undefined })];
        }),
      );
      const outcomes = new Map(ours.map(({ job, outcome }) => [job, outcome]));
      return jobs.map((job) => outcomes.get(job) ?? new LeaseLost());
    });
  }

  private inTransaction<T>(job: Job | undefined, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(job ? [job.owner] : [], work);
  }
}

const idOf = (job: Job): string => job.payload.deliveryId;

const withIntent = (message: Message, intent: Intent): Message => ({
  ...message,
  ...intent,
  messageId: message.messageId ?? intent.messageId,
  state: 'sending',
  inDoubt: true,
  attempts: message.attempts + 1,
});

const withMove = (message: Message, { state, code, text, status, address }: Ending['move']): Message => ({
  ...message,
  state,
  outcomeCode: code,
  outcomeText: text,
  status,
  address: address ?? message.address,
});

const count = (said: SendingOutcome): void =>
  ended.add(1, { outcome: said.kind, code: said.kind === 'sent' ? 'ACCEPTED' : said.code });

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
