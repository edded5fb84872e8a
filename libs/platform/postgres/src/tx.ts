import type { EntityManager } from 'typeorm';

/** One running transaction; no longer usable once the work that received it has ended. */
export interface Tx {
  /** The scopes it was opened with. */
  readonly scopes: readonly string[];
  /** Rows of one statement, sent as a named prepared statement. `int8` comes as a number, `timestamptz` as a Date. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Number of rows that one statement touched. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
  /** TypeORM, in this transaction. */
  readonly manager: EntityManager;
  /** Runs after the commit, never after a rollback. For waking things up: a crash may lose it. */
  afterCommit(run: () => void): void;
}
