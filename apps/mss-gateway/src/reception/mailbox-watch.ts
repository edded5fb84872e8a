import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@pfi/health';
import {
  JobRunner,
  release,
  retryDelay,
  type Database,
  type JobOutcome,
  type JobQueue,
  type RunningJob,
} from '@pfi/platform-postgres';
import { ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { Logger } from '@pfi/platform-telemetry';
import { type FetchedMail, type Folder, ImapMailbox, type ImapEndpoint } from '../gateways/imap/imap-mailbox.js';
import type { MailboxAccess, MailboxAccesses } from '../gateways/mailbox-access.js';
import { READ_BYTES, receive, type Received } from './received.js';
import type { Origin, Reception } from './reception.js';

export const MAILBOX_QUEUE = 'mailbox';

/** Taken from the mailbox, applied and moved together. */
const BATCH = 50;
/** Looks at a mailbox are this far apart, so that notices that come one by one are read and applied together, in milliseconds. */
const GATHER_MS = 400;
/** A watch is given back after this long, in milliseconds: another instance may have fewer of them. */
const WATCH_MS = 300_000;
/** Before the next try at a mailbox that cannot be read, in milliseconds. */
const FAILURE_MS = 10_000;
/** Longest wait for an announcement, in milliseconds: connections that are silent for long get cut on the way. */
const LONGEST_WAIT_MS = 45_000;

interface Parts {
  readonly ght: Ght;
  readonly systemDatabase: Database;
  readonly jobs: JobQueue;
  readonly accesses: Pick<MailboxAccesses, 'of'>;
  readonly endpoint: ImapEndpoint;
  readonly reception: Reception;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Each applicative mailbox is watched by one instance at a time: one job a mailbox, which never ends. */
export class MailboxWatch {
  readonly #stopping = new AbortController();
  readonly #runner: JobRunner;
  #planning: NodeJS.Timeout | undefined;

  constructor(private readonly parts: Parts) {
    const { systemDatabase: database, jobs, logger } = parts;
    this.#runner = new JobRunner({
      ...{ database, jobs, queue: MAILBOX_QUEUE, perOwner: 1 },
      pollMs: 5_000,
      handler: (job: RunningJob) => this.handle(job),
      // A watch is never put aside, however often its process died.
      unexpected: { baseMs: 1_000, capMs: FAILURE_MS, maxAttempts: Number.POSITIVE_INFINITY },
      onError: () => logger.warn({ queue: MAILBOX_QUEUE }, 'a mailbox is not watched for now'),
    });
  }

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

  /** Ends the waits; a batch under way is finished. */
  async stop(): Promise<boolean> {
    clearTimeout(this.#planning);
    this.#stopping.abort();
    return this.#runner.stop();
  }

  /** Every mailbox of the group, once; insists while the database is away. */
  private async plan(attempt = 1): Promise<void> {
    const { ght, systemDatabase, jobs, logger } = this.parts;
    const entities = ght.file.legalEntities.filter(({ mailbox }) => mailbox !== undefined);
    const watches = entities.map(({ finess }) => ({
      ...{ owner: ownerOfLegalEntity(finess), queue: MAILBOX_QUEUE, key: finess },
      payload: {},
    }));
    try {
      await systemDatabase.transaction([], (tx) => jobs.enqueue(tx, watches));
    } catch {
      logger.warn({ queue: MAILBOX_QUEUE }, 'mailboxes could not be planned yet');
      if (this.#stopping.signal.aborted) return;
      const delay = retryDelay(attempt, { baseMs: 500, capMs: FAILURE_MS });
      this.#planning = setTimeout(() => void this.plan(attempt + 1), delay);
    }
  }

  private async handle(job: RunningJob): Promise<JobOutcome> {
    const legalEntity = job.key;
    const mailbox = this.parts.ght.legalEntity(legalEntity)?.mailbox;
    // Left to an instance whose GHT file still has it.
    if (!mailbox) return release(new Date(Date.now() + WATCH_MS), 'MAILBOX_MISSING');
    const origin: Origin = { owner: job.owner, address: mailbox.address };
    try {
      const stop = AbortSignal.any([this.#stopping.signal, job.signal]);
      await this.watch(origin, stop, () => this.parts.accesses.of(legalEntity));
      return release();
    } catch (error) {
      const code = error instanceof DomainError ? error.code : 'MAILBOX_FAILED';
      this.parts.logger.warn({ code, owner: job.owner }, 'mailbox could not be read');
      await this.parts.reception.failed(origin, code);
      return release(new Date(Date.now() + FAILURE_MS), code);
    }
  }

  private async watch(origin: Origin, stop: AbortSignal, access: () => MailboxAccess): Promise<void> {
    const { endpoint, ght } = this.parts;
    const { folders, pollEvery } = ght.file.mss;
    const until = Date.now() + WATCH_MS;
    const opened = access();
    const mailbox = await ImapMailbox.open(endpoint, opened, folders);
    try {
      // Certificates that were renewed open a new connection.
      while (!stop.aborted && Date.now() < until && access() === opened) {
        const looked = performance.now();
        const mails = await mailbox.fetch(BATCH, READ_BYTES);
        await this.take(origin, mailbox, mails);
        // What came while these were moved may not be announced: waits begin at an empty inbox.
        if (mails.length === 0) await mailbox.wait(Math.min(pollEvery, LONGEST_WAIT_MS), stop);
        else if (mails.length < BATCH) await rest(looked + GATHER_MS - performance.now(), stop);
      }
    } finally {
      mailbox.close();
    }
  }

  private async take(origin: Origin, mailbox: ImapMailbox, mails: readonly FetchedMail[]): Promise<void> {
    const folders = await this.applied(origin, mails.map(receive));
    for (const folder of ['done', 'review'] as const) {
      const uids = mails.map(({ uid }) => uid).filter((uid) => folders.get(uid) === folder);
      await mailbox.move(uids, folder);
    }
  }

  /** One by one when the batch fails: only the mail that cannot be applied is put aside. */
  private async applied(origin: Origin, mails: readonly Received[]): Promise<ReadonlyMap<number, Folder>> {
    const { reception } = this.parts;
    try {
      return await reception.apply(origin, mails);
    } catch (error) {
      if (isTemporary(error)) throw error;
    }
    const folders = new Map<number, Folder>();
    for (const mail of mails) {
      try {
        for (const [uid, folder] of await reception.apply(origin, [mail])) folders.set(uid, folder);
      } catch (error) {
        if (isTemporary(error)) throw error;
        // Nothing that came from outside is left in it to fail on.
        const { uid, sha256, size } = mail;
        const nothing = { messageId: null, notice: null, deliveryIds: [] };
        const refused: Received = { ...nothing, uid, sha256, size, kind: 'unreadable', code: 'NOTICE_FAILED' };
        for (const [uid, folder] of await reception.apply(origin, [refused])) folders.set(uid, folder);
      }
    }
    return folders;
  }
}

const isTemporary = (error: unknown): boolean => error instanceof DomainError && error.kind === 'unavailable';

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
}
