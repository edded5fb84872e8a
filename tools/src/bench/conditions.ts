import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { Client } from 'pg';
import type { Stack } from '../stack/stack.js';
import { workspaceRoot } from '../workspace.js';

/** Under which conditions figures were taken. */
export interface Conditions {
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly node: string;
  readonly postgres: Readonly<Record<string, string>>;
  /** Share of the machine that was busy before the runs, percent: what else was going on. */
  readonly busyBefore: number;
}

const SETTINGS = [
  ...['server_version', 'fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size', 'wal_compression'],
  'autovacuum_naptime',
];

export async function conditionsOf(stack: Stack, busyBefore: number): Promise<Conditions> {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
    postgres: await postgresSettings(stack.adminUrl),
    busyBefore,
  };
}

export const conditionLines = ({ postgres, ...conditions }: Conditions): string[] => [
  `  ${Object.entries(conditions)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`,
  `  PostgreSQL ${Object.entries(postgres)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')}`,
];

function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: workspaceRoot, encoding: 'utf8' }).stdout.trim();
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+'}`;
}

async function postgresSettings(url: string): Promise<Record<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name = ANY($1) ORDER BY name`,
      [SETTINGS],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  } finally {
    await client.end();
  }
}
