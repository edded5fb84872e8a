import { createHash } from 'node:crypto';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Tx } from './tx.js';

// statements built at run time must not fill the server's memory
const MAX_NAMED_STATEMENTS = 1_000;
const statementNames = new Map<string, string>();

/** A statement under the name by which a connection keeps it prepared. */
export function prepared(text: string, values: readonly unknown[]): QueryConfig {
  const name = statementName(text);
  return { ...(name === undefined ? {} : { name }), text, values: values as unknown[] };
}

function statementName(text: string): string | undefined {
  const known = statementNames.get(text);
  if (known !== undefined || statementNames.size >= MAX_NAMED_STATEMENTS) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  statementNames.set(text, name);
  return name;
}

export class RunningTransaction implements Tx {
  /** The first error that PostgreSQL answered: from then on the transaction can only roll back. */
  failure: unknown;
  private ended = false;
  private queryRunner: QueryRunner | undefined;
  private readonly callbacks: (() => void)[] = [];

  constructor(
    private readonly client: PoolClient,
    readonly scopes: readonly string[],
    private readonly dataSource: DataSource,
  ) {}

  async query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.run(text, values)).rows as Row[];
  }

  async execute(text: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.run(text, values)).rowCount ?? 0;
  }

  send(text: string, values: readonly unknown[] = []): void {
    // kept as the failure of the transaction: the answer to its COMMIT tells
    void this.run(text, values).catch(() => undefined);
  }

  get manager(): EntityManager {
    this.assertRunning();
    if (this.queryRunner === undefined) {
      const runner = this.dataSource.createQueryRunner();
      // TypeORM joins the running transaction: it must neither take a connection of its own nor begin or commit
      Object.assign(runner, { databaseConnection: this.client, isTransactionActive: true, transactionDepth: 1 });
      this.queryRunner = runner;
    }
    return this.queryRunner.manager;
  }

  afterCommit(run: () => void): void {
    this.assertRunning();
    this.callbacks.push(run);
  }

  committed(onError: (error: unknown) => void): void {
    for (const callback of this.callbacks) {
      try {
        callback();
      } catch (error) {
        onError(error);
      }
    }
  }

  end(): void {
    this.ended = true;
    if (this.queryRunner !== undefined) Object.assign(this.queryRunner, { isReleased: true });
  }

  private async run(text: string, values: readonly unknown[]): Promise<QueryResult> {
    this.assertRunning();
    try {
      return await this.client.query(prepared(text, values));
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  private assertRunning(): void {
    if (this.ended) throw new Error('the transaction has ended');
  }
}
