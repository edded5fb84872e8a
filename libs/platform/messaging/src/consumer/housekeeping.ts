import type { Database } from '@pfi/platform-postgres';
import { MessagingError } from '../errors.js';
import type { MessagingLogger } from '../logger.js';
import { baseAt, type EventStore } from './event-store.js';
import { sequenceGap } from './park-reasons.js';
import type { ProgressCounter } from './progress.js';

export interface HousekeepingOptions {
  readonly store: EventStore;
  readonly systemDatabase: Database;
  readonly lag: () => Promise<number>;
  /** Runs parked events of one owner again. */
  readonly replay: (owner: string, ids: readonly string[]) => Promise<unknown>;
  readonly counter: ProgressCounter;
  readonly onFatal: (error: Error) => void;
  readonly logger: MessagingLogger;
  readonly gapLimitMs: number;
  readonly stuckLimitMs: number;
  readonly inboxRetentionDays: number;
}

const LONGEST_PERIOD_MS = 30_000;
const BUSY_EVERY_MS = 5_000;
const PURGE_EVERY_MS = 600_000;
const ROWS = 1_000;
const BUSY_ROWS = 100;
const BUSY_ATTEMPTS = 20;
const BUSY_CODES = ['DATABASE_BUSY', 'HANDLER_TIMEOUT'];

/** What happens beside the flow: parks what waited too long, forgets the old inbox, and watches that the consumer moves. */
export class Housekeeping {
  readonly #o: HousekeepingOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(options: HousekeepingOptions) {
    this.#o = options;
  }

  start(): void {
    this.#every(Math.min(LONGEST_PERIOD_MS, this.#o.gapLimitMs / 4), () => this.#parkOverdue());
    this.#every(Math.min(LONGEST_PERIOD_MS, this.#o.stuckLimitMs / 4), () => this.#watch());
    this.#every(BUSY_EVERY_MS, () => this.#tryBusyAgain());
    this.#every(PURGE_EVERY_MS, () => this.#purge());
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
  }

  /** One at a time; a failure waits for the next turn. */
  #every(ms: number, work: () => Promise<void>): void {
    let busy = false;
    const turn = async (): Promise<void> => {
      busy = true;
      try {
        await work();
      } catch (error) {
        this.#o.logger.warn(
          { code: (error as { code?: unknown }).code, error: (error as Error).message },
          'consumer housekeeping failed',
        );
      } finally {
        busy = false;
      }
    };
    const timer = setInterval(() => {
      if (busy) return;
      const running = turn().finally(() => this.#running.delete(running));
      this.#running.add(running);
    }, ms);
    this.#timers.push(timer.unref());
  }

  async #parkOverdue(): Promise<void> {
    const { store, systemDatabase, logger, counter } = this.#o;
    const overdue = await store.overdue(systemDatabase, ROWS);
    for (const { owner, aggregate } of overdue) {
      const parked = await systemDatabase.transaction([], async (tx) => {
        await store.lockPositions(tx, owner, new Map([[aggregate, baseAt(0)]]));
        return store.parkOverdue(tx, owner, aggregate, sequenceGap);
      });
      counter.add({ applied: 0, duplicates: 0, parked, waiting: 0 });
      if (parked > 0) logger.error({ owner, aggregate, events: parked, code: sequenceGap.code }, 'events parked');
    }
  }

  /** A row that was locked for too long, or a machine that was too slow, is no fault of the event: until it was tried often, nobody needs to act. */
  async #tryBusyAgain(): Promise<void> {
    const { store, systemDatabase, replay } = this.#o;
    const busy = await store.busy(systemDatabase, BUSY_CODES, BUSY_ATTEMPTS, BUSY_ROWS);
    for (const [owner, events] of Map.groupBy(busy, (event) => event.owner))
      await replay(
        owner,
        events.map(({ id }) => id),
      );
  }

  async #watch(): Promise<void> {
    const { counter, stuckLimitMs, onFatal } = this.#o;
    if ((await this.#lag()) === 0) counter.touch();
    else if (counter.snapshot.idleMs > stuckLimitMs) {
      onFatal(
        new MessagingError(
          'CONSUMER_STUCK',
          `Le consommateur Kafka n’avance plus depuis ${Math.round(counter.snapshot.idleMs / 1_000)} s alors qu’il a du retard.`,
        ),
      );
    }
  }

  /** While the bus is out of reach nobody can move: the time that counts begins once it is back. */
  async #lag(): Promise<number> {
    try {
      return await this.#o.lag();
    } catch (error) {
      this.#o.counter.touch();
      throw error;
    }
  }

  async #purge(): Promise<void> {
    const { store, systemDatabase, inboxRetentionDays } = this.#o;
    for (let removed = ROWS; removed === ROWS;) {
      removed = await systemDatabase.transaction([], (tx) => store.purgeInbox(tx, inboxRetentionDays, ROWS));
    }
  }
}
