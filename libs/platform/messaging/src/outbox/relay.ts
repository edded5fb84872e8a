import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseUnavailable } from '@pfi/platform-postgres';
import type { EventBus, OutgoingRecord } from '../bus/event-bus.js';
import { type RetryDelay, retryDelay } from '../bus/retry-delay.js';
import { toHeaders } from '../event-headers.js';
import { type MessagingLogger, silentLogger } from '../logger.js';
import { type OutboxRow, RelayConnection } from './relay-connection.js';

export interface RelayOptions {
  readonly bus: EventBus;
  /** `ce_source` of the events: name of the service. */
  readonly source: string;
  /** Connection URL of the system role (PFI_DATABASE_SYSTEM_URL). */
  readonly url: string;
  readonly schema: string;
  /** Default 200. */
  readonly pollMs?: number;
  /** How long more events are waited for once one is there. Default 25. */
  readonly gatherMs?: number;
  /** How often a relay that is not the active one tries to become it. Default 1,000. */
  readonly electionMs?: number;
  /** Rows sent at once. Default 500. */
  readonly batchSize?: number;
  /** Resolves when there is nothing more urgent for this process to do, or has been for long enough; false in the latter case. */
  readonly giveWay?: () => Promise<boolean>;
  /** Published rows older than this are removed. Default 14. */
  readonly retentionDays?: number;
  /** Kafka out of reach for so long: another instance may try, whose way to it may be open. Default 10,000. */
  readonly standDownMs?: number;
  /** After a failure of Kafka or PostgreSQL. Default 200 ms, 10 s. */
  readonly retryDelayMs?: RetryDelay;
  readonly logger?: MessagingLogger;
}

export interface RelayState {
  /** This instance holds the lock. */
  readonly active: boolean;
  /** Events sent by this instance. */
  readonly published: number;
  /** Failures since the last success; 0 when all is well. */
  readonly failures: number;
}

const STATEMENT_TIMEOUT_MS = 5_000;
/** Sent at once when something more urgent would not end: each event is work for all that stand behind. */
const PRESSED_ROWS = 200;
const PURGE_ROWS = 1_000;
const PURGE_EVERY_MS = 60_000;

/**
 * Sends the outbox of one service to the bus, in order. Any number of instances may run: an advisory lock on the relay's own
 * connection leaves one active. A crash between send and mark sends again; consumers absorb it.
 */
export class Relay {
  readonly #options: Required<Omit<RelayOptions, 'logger'>>;
  readonly #logger: MessagingLogger;
  readonly #stop = new AbortController();
  #connection: RelayConnection | undefined;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #woken = false;
  #active = false;
  #published = 0;
  #failures = 0;
  #purgeAt = 0;

  constructor(options: RelayOptions) {
    this.#options = {
      pollMs: 200,
      gatherMs: 25,
      electionMs: 1_000,
      batchSize: 500,
      retentionDays: 14,
      standDownMs: 10_000,
      giveWay: async () => true,
      retryDelayMs: { first: 200, longest: 10_000 },
      ...options,
    };
    this.#logger = options.logger ?? silentLogger;
  }

  get state(): RelayState {
    return {
      active: this.#active && this.#connection?.lost === false,
      published: this.#published,
      failures: this.#failures,
    };
  }

  /** Returns at once: a database or a broker that is down is waited for. */
  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Unpublished rows and age of the oldest, in ms (0 when none). Raises DATABASE_UNAVAILABLE. */
  async lag(): Promise<{ readonly count: number; readonly oldestMs: number }> {
    if (!this.#connection) throw new DatabaseUnavailable(new Error('the relay has no connection'));
    return this.#connection.lag();
  }

  /** Ends the batch in hand and lets another instance take over. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      let failure: unknown;
      try {
        this.#connection = await RelayConnection.open({
          url: this.#options.url,
          schema: this.#options.schema,
          applicationName: `${this.#options.source}-relay`,
          statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        });
        while (!this.#stopping) {
          await this.#elected(this.#connection);
          this.#active = !this.#stopping;
          this.#logger.info({ source: this.#options.source }, 'relay active');
          await this.#pump(this.#connection);
          if (!this.#stopping) await this.#standDown(this.#connection);
        }
      } catch (error) {
        failure = error;
      }
      // Before any wait: another instance may be active from now on.
      this.#active = false;
      await this.#connection?.close();
      this.#connection = undefined;
      if (failure !== undefined) await this.#failed(failure, 'relay lost the database');
    }
  }

  /** Long enough for every other instance to try to become the active one. */
  async #standDown(connection: RelayConnection): Promise<void> {
    this.#active = false;
    await connection.unlock();
    this.#logger.warn({ source: this.#options.source }, 'relay stands down, Kafka is out of its reach');
    const until = performance.now() + 2 * this.#options.electionMs;
    while (!this.#stopping && performance.now() < until) await this.#wait(until - performance.now());
  }

  async #elected(connection: RelayConnection): Promise<void> {
    while (!this.#stopping && !(await connection.tryLock())) {
      this.#failures = 0;
      await this.#wait(this.#options.electionMs);
    }
  }

  async #pump(connection: RelayConnection): Promise<void> {
    let reachedAt = performance.now();
    while (!this.#stopping) {
      this.#woken = false;
      const batchSize = (await this.#options.giveWay()) ? this.#options.batchSize : PRESSED_ROWS;
      const rows = await connection.unpublished(batchSize);
      if (rows.length === 0 || (await this.#send(connection, rows))) reachedAt = performance.now();
      else if (performance.now() - reachedAt > this.#options.standDownMs) return;
      if (rows.length === 0) {
        this.#failures = 0;
        await this.#purge(connection);
      }
      if (rows.length >= batchSize) continue;
      if (!this.#woken) await this.#wait(this.#options.pollMs);
      // What other transactions commit meanwhile goes with it: every record alone is work for the broker and each consumer.
      if (this.#woken && !this.#stopping) await delay(this.#options.gatherMs);
    }
  }

  /** True when all of them were sent. */
  async #send(connection: RelayConnection, rows: readonly OutboxRow[]): Promise<boolean> {
    const topics = [...Map.groupBy(rows, ({ topic }) => topic)];
    const results = await Promise.allSettled(
      topics.map(([topic, ofTopic]) =>
        this.#options.bus.publish(
          topic,
          ofTopic.map((row) => this.#record(row)),
        ),
      ),
    );
    const sent = topics.flatMap(([, ofTopic], index) => (results[index]!.status === 'fulfilled' ? ofTopic : []));
    if (sent.length > 0) await connection.markPublished(sent);
    this.#published += sent.length;
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) await this.#failed(failure.reason, 'relay could not publish');
    else this.#failures = 0;
    return !failure;
  }

  #record(row: OutboxRow): OutgoingRecord {
    return {
      key: row.aggregate,
      value: Buffer.from(row.payload),
      headers: toHeaders({
        id: row.id,
        type: row.type,
        source: this.#options.source,
        time: row.created_at.toISOString(),
        owner: row.owner,
        aggregate: row.aggregate,
        sequence: Number(row.sequence),
        ...(row.traceparent && { traceparent: row.traceparent }),
        replay: row.replay,
      }),
    };
  }

  async #purge(connection: RelayConnection): Promise<void> {
    if (performance.now() < this.#purgeAt) return;
    const removed = await connection.purge(this.#options.retentionDays, PURGE_ROWS);
    this.#purgeAt = removed < PURGE_ROWS ? performance.now() + PURGE_EVERY_MS : 0;
  }

  async #failed(error: unknown, message: string): Promise<void> {
    if (this.#stopping) return;
    this.#failures += 1;
    const { code, message: text, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined;
    this.#logger.warn({ code, error: text, cause: why, failures: this.#failures }, message);
    const until = performance.now() + retryDelay(this.#options.retryDelayMs, this.#failures);
    while (!this.#stopping && performance.now() < until) await this.#wait(until - performance.now());
  }

  #wait(ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
    });
  }
}
