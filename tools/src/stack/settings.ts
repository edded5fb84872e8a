import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { workspaceRoot } from '../workspace.js';

/** The `PFI_*` settings: those of `.env` at the root, over which variables win. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const file = join(workspaceRoot, '.env');
  const written = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const settings = Object.entries({ ...written, ...env }).flatMap(([name, value]) =>
    name.startsWith('PFI_') && value ? [[name, value] as const] : [],
  );
  return Object.fromEntries(settings);
}

export function cacheDir(settings: Readonly<Record<string, string>>): string {
  return settings['PFI_CACHE_DIR'] ?? join(workspaceRoot, '.pfi', 'cache');
}

/** Where `start` and `demo` keep everything. */
export function defaultStateDir(settings: Readonly<Record<string, string>>): string {
  return settings['PFI_STATE_DIR'] ?? join(workspaceRoot, '.pfi', 'state');
}
