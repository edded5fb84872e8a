import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout; this file sits at the same depth in `src` and in `dist`. */
export const workspaceRoot = fileURLToPath(new URL('../../', import.meta.url));

export const binaries = join(workspaceRoot, 'node_modules', '.bin');

/** The environment of a child that must find the pinned Node and the workspace's tools first. */
export function withBinaries(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, PATH: `${binaries}${delimiter}${env['PATH'] ?? ''}` };
}
