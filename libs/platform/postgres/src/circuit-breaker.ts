import { randomUUID } from 'node:crypto';
import { ANSWERED, DEFAULT_CIRCUIT_SETTINGS, FAILED, mustOpen, remember } from './circuit-state.js';
import type { CircuitSettings } from './circuit-state.js';
import type { Database } from './database.js';
import type { Tx } from './tx.js';

export type CircuitStateName = 'closed' | 'open' | 'half-open';

export interface CircuitStatus {
  readonly destination: string;
  readonly owner: string;
  readonly state: CircuitStateName;
  readonly openedAt: Date | null;
  readonly nextProbeAt: Date | null;
  /** Transport failures among the remembered outcomes. */
  readonly failures: number;
  readonly remembered: number;
}

export interface CircuitBreakerOptions {
  /** Connected as `<schema>_system`. */
  readonly database: Database;
  readonly settings?: Partial<CircuitSettings>;
  /** How long this process may trust what it read. Default 1 s. */
  readonly staleMs?: number;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export type CircuitPermit =
  | {
      readonly allowed: true;
      /** The one call that may close an open circuit. */
      readonly probe: boolean;
      /** The destination answered, whatever it said: a business refusal is an answer. */
      answered(): Promise<void>;
      /** Connection, TLS, time-out, 502/503/504: the destination did not answer. */
      failed(): Promise<void>;
    }
  | { readonly allowed: false; readonly nextProbeAt: Date };

interface Row {
  readonly state: CircuitStateName;
  readonly outcomes: string;
  readonly openedAt: Date | null;
  readonly nextProbeAt: Date | null;
}

interface Cached {
  readonly row: Row;
  readonly readAt: number;
}

const CLOSED: Row = { state: 'closed', outcomes: '', openedAt: null, nextProbeAt: null };
const columns = 'state, outcomes, opened_at AS "openedAt", next_probe_at AS "nextProbeAt"';

/** A circuit breaker for each (destination, owner), shared by all replicas in PostgreSQL. An open circuit parks nothing. */
export class CircuitBreaker {
  private readonly database: Database;
  private readonly settings: CircuitSettings;
  private readonly staleMs: number;
  private readonly now: () => number;
  private readonly cache = new Map<string, Cached>();
  /** Reads under way: callers at the same time share one. */
  private readonly reading = new Map<string, Promise<Row>>();
  /** Answers not yet written: only a later failure needs them. */
  private readonly unwritten = new Map<string, number>();

  constructor(options: CircuitBreakerOptions) {
    this.database = options.database;
    this.settings = { ...DEFAULT_CIRCUIT_SETTINGS, ...options.settings };
    this.staleMs = options.staleMs ?? 1_000;
    this.now = options.now ?? (() => performance.now());
  }

  /** Asks before a call; the caller then tells `answered` or `failed`, once. */
  async permit(destination: string, owner: string): Promise<CircuitPermit> {
    const row = await this.read(destination, owner);
    if (row.state === 'closed') {
      return {
        allowed: true,
        probe: false,
        answered: () => this.answered(destination, owner),
        failed: () => this.failed(destination, owner),
      };
    }
    return this.probe(destination, owner);
  }

  /** The circuits that the scopes of `tx` may see. A destination never in trouble has no row. */
  async list(tx: Tx): Promise<CircuitStatus[]> {
    const rows = await tx.query<Row & { destination: string; owner: string }>(
      `SELECT destination, owner, ${columns} FROM destination_circuit ORDER BY destination, owner`,
    );
    return rows.map(({ outcomes, ...row }) => ({
      ...row,
      failures: outcomes.split(FAILED).length - 1,
      remembered: outcomes.length,
    }));
  }

  private async read(destination: string, owner: string): Promise<Row> {
    const key = cacheKey(destination, owner);
    const cached = this.cache.get(key);
    if (cached !== undefined && this.now() - cached.readAt < this.staleMs) return cached.row;
    const reading = this.reading.get(key) ?? this.readNow(destination, owner).finally(() => this.reading.delete(key));
    this.reading.set(key, reading);
    return reading;
  }

  private async readNow(destination: string, owner: string): Promise<Row> {
    const readAt = this.now();
    const [row = CLOSED] = await this.database.query<Row>(
      `SELECT ${columns} FROM destination_circuit WHERE destination = $1 AND owner = $2`,
      [destination, owner],
    );
    this.cache.set(cacheKey(destination, owner), { row, readAt });
    return row;
  }

  private async answered(destination: string, owner: string): Promise<void> {
    const key = cacheKey(destination, owner);
    const count = Math.min((this.unwritten.get(key) ?? 0) + 1, this.settings.window);
    this.unwritten.set(key, count);
    const cached = this.cache.get(key);
    // other replicas judge by the shared window: while it holds failures they must learn of answers too
    const due =
      cached !== undefined && cached.row.outcomes.includes(FAILED) && this.now() - cached.readAt >= this.staleMs;
    if (due) await this.write(destination, owner, '');
  }

  private async failed(destination: string, owner: string): Promise<void> {
    await this.write(destination, owner, FAILED);
  }

  private async write(destination: string, owner: string, outcome: string): Promise<void> {
    const key = cacheKey(destination, owner);
    const answers = this.unwritten.get(key) ?? 0;
    this.unwritten.delete(key);
    const readAt = this.now();
    const row = await this.database.transaction([], async (tx) => {
      await tx.execute('INSERT INTO destination_circuit (destination, owner) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        destination,
        owner,
      ]);
      const [before = CLOSED] = await tx.query<Row>(
        `SELECT ${columns} FROM destination_circuit WHERE destination = $1 AND owner = $2 FOR UPDATE`,
        [destination, owner],
      );
      // outcomes of calls begun before the circuit opened say nothing new
      if (before.state !== 'closed') return before;
      const outcomes = remember(before.outcomes, ANSWERED.repeat(answers) + outcome, this.settings);
      const opens = outcome === FAILED && mustOpen(outcomes, this.settings);
      const [after = before] = await tx.query<Row>(
        `UPDATE destination_circuit SET outcomes = $3, updated_at = now(), state = $4,
           opened_at = CASE WHEN $4 = 'open' THEN now() END,
           next_probe_at = CASE WHEN $4 = 'open' THEN now() + make_interval(secs => $5::float8 / 1000) END
         WHERE destination = $1 AND owner = $2 RETURNING ${columns}`,
        [destination, owner, outcomes, opens ? 'open' : 'closed', this.settings.probeEveryMs],
      );
      return after;
    });
    this.cache.set(key, { row, readAt });
  }

  private async probe(destination: string, owner: string): Promise<CircuitPermit> {
    const token = randomUUID();
    const row = await this.database.transaction([], async (tx) => {
      const [taken] = await tx.query<Row>(
        `UPDATE destination_circuit SET state = 'half-open', probe_token = $3, updated_at = now(),
           next_probe_at = now() + make_interval(secs => $4::float8 / 1000)
         WHERE destination = $1 AND owner = $2 AND state <> 'closed' AND next_probe_at <= now() RETURNING ${columns}`,
        [destination, owner, token, this.settings.probeEveryMs],
      );
      if (taken !== undefined) return { taken };
      const [found = CLOSED] = await tx.query<Row>(
        `SELECT ${columns} FROM destination_circuit WHERE destination = $1 AND owner = $2`,
        [destination, owner],
      );
      return { found };
    });
    const seen = row.taken ?? row.found;
    this.cache.set(cacheKey(destination, owner), { row: seen, readAt: this.now() });
    if (row.taken !== undefined) {
      return {
        allowed: true,
        probe: true,
        answered: () => this.closeAfter(destination, owner, token),
        failed: () => this.openAgain(destination, owner, token),
      };
    }
    if (seen.state === 'closed' || seen.nextProbeAt === null) return this.permit(destination, owner);
    return { allowed: false, nextProbeAt: seen.nextProbeAt };
  }

  private async closeAfter(destination: string, owner: string, token: string): Promise<void> {
    await this.afterProbe(
      destination,
      owner,
      token,
      `state = 'closed', outcomes = '', opened_at = NULL, next_probe_at = NULL, probe_token = NULL`,
    );
  }

  private async openAgain(destination: string, owner: string, token: string): Promise<void> {
    await this.afterProbe(destination, owner, token, `state = 'open', probe_token = NULL`);
  }

  private async afterProbe(destination: string, owner: string, token: string, change: string): Promise<void> {
    const key = cacheKey(destination, owner);
    await this.database.transaction([], (tx) =>
      tx.execute(
        `UPDATE destination_circuit SET ${change}, updated_at = now()
         WHERE destination = $1 AND owner = $2 AND probe_token = $3 AND state = 'half-open'`,
        [destination, owner, token],
      ),
    );
    this.unwritten.delete(key);
    this.cache.delete(key);
  }
}

const cacheKey = (destination: string, owner: string): string => `${destination}\n${owner}`;
