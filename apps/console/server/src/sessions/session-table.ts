import type { Database, Tx } from '@pfi/platform-postgres';

export interface SessionRow {
  readonly provider: string;
  readonly sealed: Buffer;
  /** The access token in it may still be used; it should be renewed. */
  readonly usable: boolean;
  readonly due: boolean;
}

export interface SessionLimits {
  readonly maxMs: number;
  readonly idleMs: number;
}

export interface SealedTokens {
  readonly sealed: Buffer;
  readonly lifetimeMs: number;
  /** Before the end of the lifetime. */
  readonly renewEarlierMs: number;
}

const GROUP = ['ght'];
const MS = `* interval '1 millisecond'`;
const COLUMNS = `provider, sealed, token_until > now() AS usable, renew_at <= now() AS due`;
/** `last_seen_at` is written at most this often. */
const TOUCH_EVERY_MS = 15_000;
/** Longer than any renewal; how long a failed one is left alone. */
const LEASE_MS = 10_000;
const RETRY_MS = 3_000;

/** Sessions in PostgreSQL, all times by its clock: replicas agree on what has expired. */
export class SessionTable {
  constructor(
    private readonly database: Database,
    private readonly limits: SessionLimits,
  ) {}

  async insert(row: string, provider: string, subject: string, tokens: SealedTokens): Promise<void> {
    await this.#run(async (tx) => {
      await tx.execute(`DELETE FROM session WHERE expires_at < now() OR last_seen_at < now() - $1 ${MS}`, [
        this.limits.idleMs,
      ]);
      await tx.execute(
        `INSERT INTO session (key, provider, subject, sealed, token_until, renew_at, expires_at)
         VALUES ($1, $2, $3, $4, now() + $5 ${MS}, now() + $6 ${MS}, now() + $7 ${MS})`,
        [row, provider, subject, tokens.sealed, tokens.lifetimeMs, renewIn(tokens), this.limits.maxMs],
      );
    });
  }

  /** A live session; somebody was at it `idleMs` ago. */
  async find(row: string, idleMs: number): Promise<SessionRow | undefined> {
    return this.#run(async (tx) => {
      const [found] = await tx.query<SessionRow & { untouched: boolean }>(
        `SELECT ${COLUMNS}, last_seen_at < now() - ($3 + ${TOUCH_EVERY_MS}) ${MS} AS untouched FROM session
         WHERE key = $1 AND expires_at > now() AND last_seen_at > now() - $2 ${MS}`,
        [row, this.limits.idleMs, idleMs],
      );
      if (found?.untouched) {
        await tx.execute(`UPDATE session SET last_seen_at = now() - $2 ${MS} WHERE key = $1`, [row, idleMs]);
      }
      return found;
    });
  }

  /** The right to renew, for one replica: undefined when another has it, or has just renewed. */
  async lease(row: string): Promise<SessionRow | undefined> {
    return this.#run(async (tx) => {
      const [leased] = await tx.query<SessionRow>(
        `UPDATE session SET renewing_until = now() + ${LEASE_MS} ${MS}
         WHERE key = $1 AND renew_at <= now() AND (renewing_until IS NULL OR renewing_until < now())
         RETURNING ${COLUMNS}`,
        [row],
      );
      return leased;
    });
  }

  async renewed(row: string, tokens: SealedTokens): Promise<void> {
    await this.#run((tx) =>
      tx.execute(
        `UPDATE session SET sealed = $2, token_until = now() + $3 ${MS}, renew_at = now() + $4 ${MS}, renewing_until = NULL
         WHERE key = $1`,
        [row, tokens.sealed, tokens.lifetimeMs, renewIn(tokens)],
      ),
    );
  }

  async notRenewed(row: string): Promise<void> {
    await this.#run((tx) =>
      tx.execute(`UPDATE session SET renewing_until = now() + ${RETRY_MS} ${MS} WHERE key = $1`, [row]),
    );
  }

  async remove(row: string): Promise<void> {
    await this.#run((tx) => tx.execute(`DELETE FROM session WHERE key = $1`, [row]));
  }

  #run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.transaction(GROUP, work);
  }
}

const renewIn = ({ lifetimeMs, renewEarlierMs }: SealedTokens): number => lifetimeMs - renewEarlierMs;
