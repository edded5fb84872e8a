import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { binaries, workspaceRoot } from '../workspace.js';
import { excerpt } from './log-excerpt.js';
import type { ProcessPlan } from './supervised-process.js';
import { StackFault } from './stack-fault.js';

const pinnedNode = existsSync(join(binaries, 'node')) ? join(binaries, 'node') : process.execPath;

export interface Application {
  /** the process; a further instance of an app has its own */
  readonly name: string;
  /** the application, of the folder of this name in `apps/` */
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
  readonly httpPort: number;
  readonly profiled: boolean;
  /** When it counts as started. Default `ready`. */
  readonly until?: 'live' | 'ready';
}

/** A burst at the doors is answered before what stands behind them, and the stand-ins, get the cores; a cluster does so by CPU requests. */
const YIELDING = new Set(['dmp-gateway', 'mss-gateway', 'indicators', 'national-sim']);

/** Of V8, as in the image (docker/Dockerfile says why). */
const BUFFERS = ['--external-memory-accounted-in-global-limit', '--heap-growing-percent=75'];
const SERVICE_HEAP = ['--max-semi-space-size=16', '--max-old-space-size=256', ...BUFFERS];

/** The simulator remembers all that it was given. It holds large buffers, which only a collection frees: its own come more often. */
const SIMULATOR_HEAP = ['--max-semi-space-size=4', ...BUFFERS];

/** How to run the `dist/main.js` of an application until it says that it is ready. */
export function applicationPlan(application: Application, stateDir: string): ProcessPlan {
  const { name, app, env, httpPort, profiled, until = 'ready' } = application;
  const heap = app === 'national-sim' ? SIMULATOR_HEAP : SERVICE_HEAP;
  const profiling = profiled ? ['--cpu-prof', `--cpu-prof-dir=${join(stateDir, 'profiles')}`] : [];
  return {
    name,
    command: pinnedNode,
    args: ['--enable-source-maps', ...heap, ...profiling, entryPoint(app, 'main.js')],
    env,
    cwd: workspaceRoot,
    yields: YIELDING.has(app),
    logFile: join(stateDir, 'logs', `${name}.log`),
    stopSignal: 'SIGTERM',
    stopWithinMs: 40_000,
    readyWithinMs: 60_000,
    startAttempts: 2,
    ready: () => answers(httpPort, until),
  };
}

/** Brings the schema of one service up to date by its own command. @throws StackFault with the end of its log. */
export async function migrate(app: string, env: Readonly<Record<string, string>>, stateDir: string): Promise<void> {
  const logFile = join(stateDir, 'logs', `${app}-migrate.log`);
  const log = openSync(logFile, 'w', 0o600);
  const code = await new Promise<number>((resolve) => {
    const child = spawn(pinnedNode, ['--enable-source-maps', entryPoint(app, 'migrate.js')], {
      cwd: workspaceRoot,
      env,
      stdio: ['ignore', log, log],
    });
    child.once('error', () => resolve(1));
    child.once('exit', (status) => resolve(status ?? 1));
  });
  closeSync(log);
  if (code === 0) return;
  throw new StackFault(`the database of ${app} could not be migrated; log ${logFile}: ${excerpt(logFile)}`);
}

function entryPoint(app: string, file: string): string {
  // The console has two rooms: what browsers run, and its server.
  const folder = app === 'console' ? 'console/server' : app;
  const path = join(workspaceRoot, 'apps', folder, 'dist', file);
  if (existsSync(path)) return path;
  throw new StackFault(`apps/${folder}/dist/${file} is missing: run "npm run build"`);
}

async function answers(port: number, probe: 'live' | 'ready'): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/health/${probe}`, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  return response.status === 200;
}
