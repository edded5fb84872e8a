import { DatabaseUnavailable } from '@pfi/platform-postgres';
import pg from 'pg';

export interface OutboxRow {
  readonly position: string;
  readonly id: string;
  readonly owner: string;
  readonly topic: string;
  readonly type: string;
  readonly aggregate: string;
  readonly sequence: string;
  readonly payload: string;
  readonly traceparent: string | null;
  readonly replay: boolean;
  readonly created_at: Date;
}

export interface RelayConnectionOptions {
  readonly url: string;
  readonly schema: string;
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
}

/** The one connection of a relay: it holds the lock, so whoever can mark rows as published is the active one. */
export class RelayConnection {
  readonly #client: pg.Client;
  #lost = false;

  private constructor(client: pg.Client) {
    this.#client = client;
    const lose = (): void => {
      this.#lost = true;
    };
    client.on('error', lose);
    client.on('end', lose);
  }

  static async open(options: RelayConnectionOptions): Promise<RelayConnection> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: options.applicationName,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + 5_000,
      options: `-c search_path=${options.schema}`,
    });
    const connection = new RelayConnection(client);
    try {
      await client.connect();
    } catch (error) {
      throw new DatabaseUnavailable(error);
    }
    return connection;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Advisory locks are seen by the whole database: the schema tells services apart. */
  async tryLock(): Promise<boolean> {
    const [row] = await this.#query<{ locked: boolean }>(
      'relay-lock',
      `SELECT pg_try_advisory_lock(hashtextextended('pfi-relay:' || current_schema(), 0)) AS locked`,
    );
    return row?.locked === true;
  }

  async unlock(): Promise<void> {
    await this.#query(
      'relay-unlock',
      `SELECT pg_advisory_unlock(hashtextextended('pfi-relay:' || current_schema(), 0))`,
    );
  }

  /** Never a cursor: positions are given before commit, so a later commit may hold a smaller one. */
  unpublished(limit: number): Promise<OutboxRow[]> {
    return this.#query(
      'relay-read',
      `SELECT position, id, owner, topic, type, aggregate, sequence, payload, traceparent, replay, created_at
       FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1`,
      [limit],
    );
  }

  async markPublished(rows: readonly OutboxRow[]): Promise<void> {
    await this.#query('relay-mark', 'UPDATE outbox SET published_at = now() WHERE position = ANY ($1::bigint[])', [
      rows.map(({ position }) => position),
    ]);
  }

  async lag(): Promise<{ count: number; oldestMs: number }> {
    const [row] = await this.#query<{ count: string; age: string }>(
      'relay-lag',
      `SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(created_at)) * 1000, 0) AS age FROM outbox WHERE published_at IS NULL`,
    );
    return { count: Number(row?.count ?? 0), oldestMs: Math.max(0, Math.round(Number(row?.age ?? 0))) };
  }

  /** Removes at most `limit` rows published more than `days` ago; says how many. */
  async purge(days: number, limit: number): Promise<number> {
    const rows = await this.#query(
      'relay-purge',
      `DELETE FROM outbox WHERE position IN
         (SELECT position FROM outbox WHERE published_at < now() - make_interval(secs => $1 * 86400.0) ORDER BY published_at LIMIT $2)
       RETURNING position`,
      [days, limit],
    );
    return rows.length;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #query<Row extends object = OutboxRow>(name: string, text: string, values: unknown[] = []): Promise<Row[]> {
    if (this.#lost) throw new DatabaseUnavailable(new Error('the connection of the relay is lost'));
    const { rows } = await this.#client.query<Row>({ name, text, values });
    return rows;
  }
}
