import pg from 'pg';
import type { Pool, PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { PfiError } from '@pfi/health';
import { isConsequence, isRepeatable, isUnreachable, toDatabaseError } from './database-errors.js';
import { sqlName } from './owner-policy.sql.js';
import { prepared, RunningTransaction } from './running-transaction.js';
import type { Reading, Tx } from './tx.js';
import { typeParsers } from './type-parsers.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Becomes the search path of every connection. */
  readonly schema: string;
  readonly applicationName: string;
  /** Default 10. */
  readonly poolSize?: number;
  /**
   * `lookups`: rows are found by an index wherever there is one. A prepared statement (a foreign key's check too) keeps the plan that it
   * got when its table was a page long, and a table may grow a thousandfold before its next ANALYZE. `fixed`: the same, and each statement
   * is planned once a connection, for statements whose best plan does not depend on their values. Default `any`: the planner decides.
   */
  readonly plans?: 'lookups' | 'fixed' | 'any';
  /** TypeORM entity classes or schemas. */
  readonly entities?: DataSourceOptions['entities'];
  /** Default 5 s; 0 = none. */
  readonly statementTimeoutMs?: number;
  /** Default 2 s. */
  readonly lockTimeoutMs?: number;
  /** Default 10 s. */
  readonly idleInTransactionTimeoutMs?: number;
  /** Longest wait for a connection of the pool. Default 2 s. */
  readonly acquireTimeoutMs?: number;
  /** How often a transaction is run again after a serialisation failure or a deadlock. Default 4. */
  readonly repeats?: number;
  /** Told of errors that have no caller: an idle connection that died, a failing `afterCommit`. Never holds row values. */
  readonly onError?: (error: unknown) => void;
}

/** A pool of one role on one schema. Statements run inside a transaction that names its scopes; a look that needs none goes by itself. */
export class Database implements Reading {
  private constructor(
    readonly dataSource: DataSource,
    private readonly pool: Pool,
    private readonly repeats: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Raises DATABASE_UNAVAILABLE when the server cannot be reached. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const onError = options.onError ?? (() => undefined);
    const statementTimeout = options.statementTimeoutMs ?? 5_000;
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      schema: sqlName(options.schema),
      entities: options.entities ?? [],
      synchronize: false,
      logging: false,
      installExtensions: false,
      applicationName: options.applicationName,
      poolErrorHandler: (error: unknown) => onError(toDatabaseError(error)),
      extra: {
        max: options.poolSize ?? 10,
        connectionTimeoutMillis: options.acquireTimeoutMs ?? 2_000,
        // polls that meet by chance need a second connection every few seconds, and to sign in costs more than to stay
        idleTimeoutMillis: 60_000,
        statement_timeout: statementTimeout,
        lock_timeout: options.lockTimeoutMs ?? 2_000,
        idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 10_000,
        // a server that vanished without a word must not hold its caller for ever
        ...(statementTimeout > 0 ? { query_timeout: statementTimeout + 5_000 } : {}),
        keepAlive: true,
        options: `-c search_path=${options.schema} ${PLANS[options.plans ?? 'any']}`,
        types: typeParsers,
        // statements that were asked for together are on their way together
        pipeline: true,
      },
    });
    try {
      await dataSource.initialize();
    } catch (error) {
      throw toDatabaseError(error);
    }
    const pool = (dataSource.driver as unknown as { master: Pool }).master;
    // A backend may end in the very packet that says it is ready: before whoever asked for it has heard of it.
    pool.on('connect', ignoreErrorsOf);
    return new Database(dataSource, pool, options.repeats ?? 4, onError);
  }

  /**
   * Runs `work` in one transaction that sees the rows of `scopes` (`ej:…`, `dom:…`, `eg:…`; none = no row).
   * After a serialisation failure or a deadlock the whole `work` is run again, a bounded number of times, so it must be
   * repeatable: no effect outside `tx`. Raises DATABASE_UNAVAILABLE (after a commit that was cut the outcome is
   * unknown: repeat the same idempotent work) and DATABASE_BUSY.
   */
  async transaction<T>(scopes: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> {
    const begin = beginStatement(scopes);
    for (let run = 0; ; run += 1) {
      try {
        return await this.attempt(begin, scopes, work);
      } catch (error) {
        if (run >= this.repeats || !isRepeatable(error)) throw toDatabaseError(error);
        await new Promise((resume) => setTimeout(resume, Math.random() * 10 * 2 ** run));
      }
    }
  }

  /**
   * One statement by itself, in no scope: a look of the system role, which takes one round trip and not the three of a transaction.
   * It must not write. Raises DATABASE_UNAVAILABLE and DATABASE_BUSY.
   */
  async query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query(prepared(text, values))).rows as Row[];
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  /** Connections that transactions hold, and callers that wait for one. */
  get usage(): { readonly used: number; readonly waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { used: totalCount - idleCount, waiting: waitingCount };
  }

  async ping(): Promise<void> {
    await this.query('SELECT 1');
  }

  /** Waits for the running transactions, then closes the pool. */
  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async attempt<T>(begin: string, scopes: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.acquire();
    const tx = new RunningTransaction(client, scopes, this.dataSource);
    let broken: Error | undefined;
    try {
      const begun = client.query(begin);
      begun.catch((error: unknown) => (tx.failure ??= error));
      // The first statements of the work follow it at once: should it fail, row-level security lets them do nothing without their
      // scopes. Where no scope is named nothing stands in its place.
      if (scopes.length === 0) await begun;
      const result = await work(tx);
      await begun;
      const end = await client.query('COMMIT');
      // PostgreSQL answers ROLLBACK to the COMMIT of a transaction in which a statement failed
      if (end.command !== 'COMMIT') throw tx.failure ?? new TransactionAborted();
      tx.committed(this.onError);
      return result;
    } catch (error) {
      // what the work still does (a sibling of what failed, a handler that was given up) must not run outside the transaction
      tx.end();
      const consequence = isRepeatable(tx.failure) || isConsequence(error);
      const cause = tx.failure !== undefined && consequence ? tx.failure : error;
      broken = await this.rollBack(client, cause);
      throw cause;
    } finally {
      tx.end();
      client.release(broken);
    }
  }

  private async acquire(): Promise<PoolClient> {
    const client = await this.pool.connect();
    // the first one is older than the pool's listener
    ignoreErrorsOf(client);
    return client;
  }

  /** The error for which the connection must be thrown away, if any. */
  private async rollBack(client: PoolClient, cause: unknown): Promise<Error | undefined> {
    if (isUnreachable(cause)) return cause as Error;
    try {
      await client.query('ROLLBACK');
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}

// without the compiler: before PostgreSQL 18 a plan that has to scan nevertheless bears a cost that would call it
const PLANS = {
  lookups: '-c enable_seqscan=off -c jit=off',
  fixed: '-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan',
  any: '',
} as const;

class TransactionAborted extends PfiError {
  constructor() {
    super(
      'TRANSACTION_ABORTED',
      'unavailable',
      'L’enregistrement a été annulé par la base de données. Réessayez ; si cela dure, contactez l’exploitation.',
    );
  }
}

const ignore = (): void => undefined;

/** Without a listener the 'error' event of a backend that dies would end the process. */
function ignoreErrorsOf(client: PoolClient): void {
  if (client.listenerCount('error', ignore) === 0) client.on('error', ignore);
}

function beginStatement(scopes: readonly string[]): string {
  for (const scope of scopes) {
    if (scope === '' || scope.includes(',') || scope.includes('\0'))
      throw new TypeError('a scope is empty or holds a comma');
  }
  return `BEGIN; SELECT set_config('app.scopes', ${pg.escapeLiteral(scopes.join(','))}, true)`;
}
