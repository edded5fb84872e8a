import { spawn } from 'node:child_process';
import { withBinaries, workspaceRoot } from './workspace.js';

export interface ChildResult {
  readonly code: number;
  /** standard output and error, as they came */
  readonly text: string;
}

/** Nothing here may take longer; what does is stuck, and counts as failed. */
const LIMIT_MS = 30 * 60_000;

/** Runs a program of the workspace to its end, quietly; `signal` ends it early. */
export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  signal?: AbortSignal,
): Promise<ChildResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: workspaceRoot,
      env: { ...withBinaries(), FORCE_COLOR: '0', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      ...(signal ? { signal } : {}),
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error) => resolve({ code: 127, text: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString('utf8') }));
  });
}

const quietNx = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' } as const;

/** Runs Nx without daemon, cloud or terminal interface. */
export function nx(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  signal?: AbortSignal,
): Promise<ChildResult> {
  return run('nx', args, { ...env, ...quietNx }, signal);
}
