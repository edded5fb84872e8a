import type { EntityManager } from 'typeorm';

/** What a look needs: a transaction, or a `Database` for one statement by itself. */
export interface Reading {
  /** Rows of one statement, sent as a named prepared statement. `int8` comes as a number, `timestamptz` as a Date. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * One running transaction; no longer usable once the work that received it has ended. Statements are sent at once and run in the
 * order in which they were asked for, so those that do not need each other's answers may be asked for together (`Promise.all`):
 * they cost one round trip.
 */
export interface Tx extends Reading {
  /** The scopes it was opened with. */
  readonly scopes: readonly string[];
  /** Number of rows that one statement touched. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
  /**
   * Sends one statement whose answer nobody needs before the commit, and does not wait for it. Its failure fails the
   * transaction. What is sent later is run after it: a statement that is awaited sees what it did.
   */
  send(text: string, values?: readonly unknown[]): void;
  /** TypeORM, in this transaction. */
  readonly manager: EntityManager;
  /** Runs after the commit, never after a rollback. For waking things up: a crash may lose it. */
  afterCommit(run: () => void): void;
}
