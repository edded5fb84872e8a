import { PfiError } from '@pfi/health';
import type { NewEvent, Outbox } from '@pfi/platform-messaging';
import {
  done,
  release,
  JobRunner,
  type Database,
  type JobOutcome,
  type JobQueue,
  type Tx,
} from '@pfi/platform-postgres';
import type { Logger } from '@pfi/platform-telemetry';
import { v7 as uuidV7 } from 'uuid';

/** One kind of state that a service owns and can publish again. */
export interface RepublicationPart {
  /** Owners of its rows, `dom:…` or `ej:…`. */
  readonly owners: () => readonly string[];
  /**
   * Events of the next rows of an owner, in the order of a key, each built with `replay: true`; `next` names the last row, null at
   * the end. Rows must be locked (`FOR SHARE`): state read beside a writer would be published after what the writer says.
   */
  readonly page: (
    tx: Tx,
    owner: string,
    after: string | null,
    limit: number,
  ) => Promise<{ readonly events: readonly NewEvent[]; readonly next: string | null }>;
}

export interface RepublicationProgress {
  readonly id: string;
  readonly state: 'running' | 'done';
  /** Events published so far, by type. */
  readonly published: Readonly<Record<string, number>>;
}

export interface RepublicationOptions {
  readonly database: Database;
  readonly systemDatabase: Database;
  readonly jobs: JobQueue;
  readonly outbox: Outbox;
  readonly scopesOf: (owner: string) => readonly string[];
  readonly parts: readonly RepublicationPart[];
  readonly logger: Logger;
  /** Rows of one transaction. Default 200. */
  readonly pageSize?: number;
}

interface Place {
  readonly part: number;
  readonly owner: string;
  readonly after: string | null;
}

interface Row {
  readonly state: 'running' | 'done';
  readonly part: number;
  readonly part_owner: string | null;
  readonly after_row: string | null;
}

const QUEUE = 'republication';
const GROUP = 'ght';
/** Pages of one run of the job: a stop waits for one run. */
const PAGES_A_RUN = 50;

/** Publishes current state again, from the owner's tables, page by page, from where a crash left it (design D10). */
export class Republication {
  readonly runner: JobRunner;

  constructor(private readonly options: RepublicationOptions) {
    this.runner = new JobRunner({
      database: options.systemDatabase,
      queue: QUEUE,
      jobs: options.jobs,
      perOwner: 1,
      pollMs: 5_000,
      handler: (job: { readonly key: string; readonly signal: AbortSignal }) => this.run(job.key, job.signal),
      onError: () => options.logger.warn({ queue: QUEUE }, 'republication failed, tried again'),
    });
  }

  async request(subject: string): Promise<RepublicationProgress> {
    const id = uuidV7();
    await this.options.database.transaction([GROUP], async (tx) => {
      await tx.execute(`INSERT INTO republication (id, requested_by) VALUES ($1, $2)`, [id, subject]);
      await this.options.jobs.enqueue(tx, [{ owner: GROUP, queue: QUEUE, key: id, payload: {} }]);
    });
    return { id, state: 'running', published: {} };
  }

  /** Raises REPUBLICATION_UNKNOWN. */
  async progress(id: string): Promise<RepublicationProgress> {
    const [found] = await this.options.database.transaction([GROUP], (tx) =>
      tx.query<RepublicationProgress>(`SELECT id, state, published FROM republication WHERE id = $1`, [id]),
    );
    if (found) return found;
    throw new PfiError('REPUBLICATION_UNKNOWN', 'not-found', 'Cette republication n’existe pas.');
  }

  private async run(id: string, signal: AbortSignal): Promise<JobOutcome> {
    for (let page = 0; page < PAGES_A_RUN && !signal.aborted; page += 1) {
      if (await this.publishPage(id)) return done();
    }
    return release();
  }

  /** True when there is nothing left. One transaction holds the events and the place where to go on. */
  private async publishPage(id: string): Promise<boolean> {
    const { database, outbox, scopesOf, parts, pageSize = 200 } = this.options;
    const [row] = await database.transaction([GROUP], (tx) =>
      tx.query<Row>(`SELECT state, part, part_owner, after_row FROM republication WHERE id = $1`, [id]),
    );
    if (!row || row.state === 'done') return true;
    const place = this.placeOf(row);
    if (!place) {
      await database.transaction([GROUP], (tx) =>
        tx.execute(`UPDATE republication SET state = 'done', finished_at = now() WHERE id = $1`, [id]),
      );
      return true;
    }
    await database.transaction([...scopesOf(place.owner), GROUP], async (tx) => {
      const { events, next } = (await parts[place.part]?.page(tx, place.owner, place.after, pageSize)) ?? {
        events: [],
        next: null,
      };
      await outbox.append(tx, events);
      const then = next === null ? this.following(place) : { ...place, after: next };
      await tx.execute(
        `UPDATE republication SET part = $2, part_owner = $3, after_row = $4, published = (
           SELECT coalesce(jsonb_object_agg(type, count), '{}') FROM (
             SELECT type, sum(count) AS count FROM (
               SELECT key AS type, value::bigint AS count FROM jsonb_each_text(published)
               UNION ALL SELECT unnest($5::text[]), 1
             ) AS each GROUP BY type) AS total)
         WHERE id = $1`,
        [id, then.part, then.owner, then.after, events.map(({ contract }) => contract.type)],
      );
    });
    return false;
  }

  private placeOf({ part, part_owner: owner, after_row: after }: Row): Place | undefined {
    for (let at = part; at < this.options.parts.length; at += 1) {
      const first = at === part && owner !== null ? owner : this.options.parts[at]?.owners()[0];
      if (first !== undefined) return { part: at, owner: first, after: at === part ? after : null };
    }
    return undefined;
  }

  private following({ part, owner }: Place): { part: number; owner: string | null; after: string | null } {
    const owners = this.options.parts[part]?.owners() ?? [];
    const next = owners[owners.indexOf(owner) + 1];
    return next === undefined ? { part: part + 1, owner: null, after: null } : { part, owner: next, after: null };
  }
}
