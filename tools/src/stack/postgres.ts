import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { PidFiles } from './pid-file.js';
import { preparePlace } from './postgres-place.js';
import type { PostgresPlace } from './postgres-place.js';
import { end, identify } from './process-identity.js';
import { StackFault } from './stack-fault.js';
import { SupervisedProcess } from './supervised-process.js';

export interface PostgresOptions {
  readonly stateDir: string;
  readonly port: number;
  readonly database: string;
  readonly pids: PidFiles;
  readonly log: (line: string) => void;
  /** told of the process before it is started, so that it is never left behind */
  readonly keep: (process: SupervisedProcess) => void;
}

/**
 * Starts the embedded PostgreSQL (a real server, durable: fsync stays on) and makes the database.
 * @returns the superuser's address of that database
 */
export async function startPostgres(options: PostgresOptions): Promise<string> {
  const { stateDir, port, database } = options;
  const place = await preparePlace(stateDir);
  const password = keptPassword(stateDir);
  if (!existsSync(join(place.dataDir, 'PG_VERSION'))) initialise(place, stateDir, password);
  const urlOf = (name: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`;
  const server = new SupervisedProcess(
    {
      name: 'postgres',
      command: place.binaries.postgres,
      args: ['-D', place.dataDir, '-p', String(port), ...settings()],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' },
      cwd: place.dataDir,
      ...(place.user ? { user: place.user } : {}),
      logFile: join(stateDir, 'logs', 'postgres.log'),
      // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave
      stopSignal: 'SIGINT',
      stopWithinMs: 30_000,
      readyWithinMs: 60_000,
      startAttempts: 4,
      ready: () => answers(urlOf('postgres')),
      prepare: () => endForgottenServer(place),
    },
    options.pids,
    options.log,
  );
  options.keep(server);
  await server.start();
  await createDatabase(urlOf('postgres'), database);
  return urlOf(database);
}

function settings(): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    // no socket file: another server on the machine may use the same folder
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    // Statements are planned while a fresh database is still empty: its tables are soon looked at again.
    autovacuum_naptime: '5s',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function keptPassword(stateDir: string): string {
  const file = join(stateDir, 'secrets', 'postgres-password');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const password = randomBytes(18).toString('base64url');
  mkdirSync(join(stateDir, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(file, password, { mode: 0o600 });
  return password;
}

function initialise(place: PostgresPlace, stateDir: string, password: string): void {
  const passwordFile = join(place.dataDir, '..', `postgres-init-${process.pid}`);
  // an initialisation that was interrupted leaves files that initdb would refuse
  rmSync(place.dataDir, { recursive: true, force: true });
  mkdirSync(place.dataDir, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (place.user) {
    chownSync(place.dataDir, place.user.uid, place.user.gid);
    chownSync(passwordFile, place.user.uid, place.user.gid);
  }
  const flags = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const format = ['--encoding=UTF8', '--locale=C', '--no-sync'];
  const result = spawnSync(place.binaries.initdb, [`--pgdata=${place.dataDir}`, ...flags, ...format], {
    encoding: 'utf8',
    cwd: '/',
    ...place.user,
  });
  rmSync(passwordFile, { force: true });
  if (result.status === 0) return;
  writeFileSync(join(stateDir, 'logs', 'postgres.log'), `${result.stdout}${result.stderr}`, { flag: 'a' });
  throw new StackFault(
    `PostgreSQL could not be initialised: ${result.stderr?.trim().split('\n').at(-1) ?? result.error}`,
  );
}

/** After kill -9 of a launcher the server may live on; after kill -9 of the server its pid may be another program's. */
async function endForgottenServer(place: PostgresPlace): Promise<void> {
  const file = join(place.dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identify(pid) : undefined;
  if (!identity) return;
  if (!servesFolder(pid, place)) {
    rmSync(file, { force: true });
    return;
  }
  await end(identity, [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 2_000],
  ]);
}

function servesFolder(pid: number, place: PostgresPlace): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === place.dataDir;
  } catch {
    const command = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
    return command.includes(place.dataDir);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string, database: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
