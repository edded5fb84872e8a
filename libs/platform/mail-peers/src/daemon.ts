import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { eventually } from '@pfi/platform-testing';
import { searchPath } from './system-packages.js';

const STOP_MS = 10_000;
const READY_MS = 15_000;

export interface DaemonPlan {
  readonly name: string;
  /** Must stay in the foreground. */
  readonly command: string;
  readonly args: readonly string[];
  readonly outputFile: string;
  /** Ready once it greets there with `greeting`. */
  readonly port: number;
  readonly greeting: string;
  /** What it said, for a failed start. */
  readonly excerpt: () => string;
}

/** One server in the foreground, which the kernel ends with us where it can be asked to. */
export class Daemon {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when it greets. Raises what it said when it ends before. */
  static async start(plan: DaemonPlan): Promise<Daemon> {
    const output = openSync(plan.outputFile, 'a', 0o600);
    const tied = spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
    const line = [...(tied ? ['setpriv', '--pdeathsig', 'TERM', '--'] : []), plan.command, ...plan.args];
    const child = spawn(line[0] as string, line.slice(1), {
      cwd: '/',
      env: { PATH: searchPath() },
      stdio: ['ignore', output, output],
      // Ctrl-C reaches who started us alone, and we end it in order.
      detached: true,
    });
    closeSync(output);
    const daemon = new Daemon(child);
    try {
      await eventually(
        async () => {
          if (daemon.ended) return;
          if (!(await greets(plan))) throw new Error(`no greeting on port ${plan.port}`);
        },
        { timeoutMs: READY_MS },
      );
      if (daemon.ended) throw new Error(`ended with code ${child.exitCode ?? child.signalCode}`);
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw new Error(`${plan.name} did not start: ${plan.excerpt()}`, { cause: error });
    }
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(force);
  }
}

function greets({ port, greeting }: DaemonPlan): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(2_000, () => finish(false));
    for (const event of ['error', 'close'] as const) socket.once(event, () => finish(false));
    socket.once('data', (chunk: Buffer) => finish(chunk.toString('latin1').startsWith(greeting)));
  });
}
