import { Client } from 'pg';

/** What PostgreSQL wrote since a moment. */
export interface DatabaseCost {
  /** bytes of write-ahead log */
  readonly wal: number;
  readonly commits: number;
  /** Rows inserted, updated and deleted, by `schema.table`, without those untouched. */
  readonly rows: ReadonlyMap<string, number>;
}

interface Counters {
  readonly wal: number;
  readonly commits: number;
  readonly rows: ReadonlyMap<string, number>;
}

export class DatabaseCosts {
  private constructor(
    private readonly client: Client,
    private readonly before: Counters,
  ) {}

  static async begin(url: string): Promise<DatabaseCosts> {
    const client = new Client({ connectionString: url });
    // a server that is stopped must not end the bench before it has said why
    client.on('error', () => undefined);
    await client.connect();
    return new DatabaseCosts(client, await counters(client));
  }

  /** Ends the measure. */
  async since(): Promise<DatabaseCost> {
    const now = await counters(this.client);
    await this.client.end();
    const rows = [...now.rows].map(([table, count]): [string, number] => [
      table,
      count - (this.before.rows.get(table) ?? 0),
    ]);
    return {
      wal: now.wal - this.before.wal,
      commits: now.commits - this.before.commits,
      rows: new Map(rows.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)),
    };
  }
}

async function counters(client: Client): Promise<Counters> {
  // Statistics of other sessions are told at their next pause: asked without the snapshot of this one.
  await client.query('SELECT pg_stat_clear_snapshot()');
  const [wal, commits, tables] = [
    await client.query<{ wal: string }>(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal`),
    await client.query<{ commits: string }>(
      `SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()`,
    ),
    await client.query<{ name: string; touched: string }>(
      `SELECT schemaname || '.' || relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS touched FROM pg_stat_user_tables`,
    ),
  ];
  return {
    wal: Number(wal.rows[0]?.wal ?? 0),
    commits: Number(commits.rows[0]?.commits ?? 0),
    rows: new Map(tables.rows.map(({ name, touched }) => [name, Number(touched)])),
  };
}
