import pg from 'pg';
import { QueryFailedError } from 'typeorm';
import { PfiError } from '@pfi/health';

/** The database cannot be reached, or ended the connection. A commit that ends so may or may not have been done. */
export class DatabaseUnavailable extends PfiError {
  constructor(cause: unknown) {
    super(
      'DATABASE_UNAVAILABLE',
      'unavailable',
      'La base de données ne répond pas. Vérifiez que PostgreSQL est démarré et joignable ; la reprise est automatique.',
      { cause },
    );
  }
}

/** The database answered that it could not serve in time: lock or statement timeout, repeated serialisation failure. */
export class DatabaseBusy extends PfiError {
  constructor(cause: unknown) {
    super(
      'DATABASE_BUSY',
      'unavailable',
      'La base de données est surchargée ou verrouillée. Réessayez ; si cela dure, contactez l’exploitation.',
      { cause },
    );
  }
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // idle_in_transaction_session_timeout ends the connection; 25006: a replica after a failover
  '25P03',
  '25006',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
]);
const late = new Set(['57014', '55P03']);
const repeatable = new Set(['40001', '40P01']);

// pg gives these failures no code
const unreachableMessage =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout e(xceeded|xpired)|timeout exceeded when trying to connect|Cannot use a pool after calling end|The client was released)/i;

function sqlState(error: unknown): string {
  const found = error as { code?: unknown; driverError?: { code?: unknown } } | null;
  const code = found?.driverError?.code ?? found?.code;
  return typeof code === 'string' ? code : '';
}

/** A serialisation failure or a deadlock: the whole transaction may be run again. */
export function isRepeatable(error: unknown): boolean {
  return repeatable.has(sqlState(error));
}

/** Said of every statement after the one that failed: no more than that one did. */
export function isConsequence(error: unknown): boolean {
  return sqlState(error) === '25P02';
}

/** The connection itself is gone, so it must not go back to the pool. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  const code = sqlState(error);
  // class 08: connection exception; class 53: out of disk, memory, connections
  if (unreachable.has(code) || code.startsWith('08') || code.startsWith('53')) return true;
  return code === '' && error instanceof Error && unreachableMessage.test(error.message);
}

// PostgreSQL and TypeORM put row values and parameters there; errors end in logs, which hold no trait (S-12)
const telling = ['detail', 'where', 'parameters', 'driverError', 'internalQuery'];

function withoutValues(error: unknown): unknown {
  const fromServer = error instanceof pg.DatabaseError || error instanceof QueryFailedError;
  if (fromServer) for (const name of telling) if (name in error) Reflect.deleteProperty(error, name);
  return error;
}

/** The error to show to callers: ours where the database is at fault, otherwise the same error without row values. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable || error instanceof DatabaseBusy) return error;
  if (isUnreachable(error)) return new DatabaseUnavailable(withoutValues(error));
  if (late.has(sqlState(error)) || isRepeatable(error)) return new DatabaseBusy(withoutValues(error));
  return withoutValues(error);
}
