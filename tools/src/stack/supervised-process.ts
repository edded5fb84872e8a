import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { excerpt } from './log-excerpt.js';
import type { PidFiles } from './pid-file.js';
import { StackFault } from './stack-fault.js';

export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** gives way to the others when the cores are short (Linux) */
  readonly yields?: boolean;
  readonly logFile: string;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** ms before a stop turns into SIGKILL */
  readonly stopWithinMs: number;
  readonly readyWithinMs: number;
  /** how many exits before readiness a first start forgives */
  readonly startAttempts: number;
  /** true once the process answers; false or a rejection means: ask again */
  readonly ready: () => Promise<boolean>;
  /** clears what an ended process may have left, before each launch */
  readonly prepare?: () => Promise<void>;
  /** after an ordinary stop */
  readonly finish?: () => void;
}

const LOG_LIMIT = 10 * 1024 * 1024;
const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 5_000;
const STEADY_AFTER_MS = 30_000;
const ENDING = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGHUP']);

/**
 * Linux shares the cores between sessions first (sched_autogroup), and each process here has its own: niceness counts only inside one.
 * The kernel takes a session's niceness ten times a second at most from who is not root.
 */
const YIELDING = [
  ...['sh', '-c'],
  'if [ -e /proc/self/autogroup ]; then for _ in 1 2 3 4 5 6 7 8 9; do echo 10 >/proc/self/autogroup && break; sleep 0.1; done; fi 2>/dev/null; exec nice -n 10 "$@"',
  'sh',
] as const;

let dyingWithParent: boolean | undefined;

/** On Linux a child can be told by the kernel that its launcher died, even of SIGKILL. */
function wrapped(plan: ProcessPlan): readonly [string, readonly string[]] {
  dyingWithParent ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0;
  if (!dyingWithParent) return [plan.command, plan.args];
  const command = [...(plan.yields ? YIELDING : []), plan.command, ...plan.args];
  return ['setpriv', ['--pdeathsig', plan.stopSignal.slice(3), '--', ...command]];
}

/** One child that is kept running: started, watched, restarted with a growing pause, stopped. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly #pids: PidFiles;
  readonly #log: (line: string) => void;
  #child: ChildProcess | undefined;
  #wanted = false;
  #ready = false;
  #crashesInARow = 0;
  #restarts = 0;
  #loop: Promise<void> | undefined;
  #wake = new AbortController();

  constructor(plan: ProcessPlan, pids: PidFiles, log: (line: string) => void) {
    this.plan = plan;
    this.#pids = pids;
    this.#log = log;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  /** How many times it was started again after a crash. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Starts it and resolves when it is ready. @throws StackFault with the last line of its log. */
  async start(): Promise<void> {
    if (!this.#wanted) {
      this.#wanted = true;
      this.#crashesInARow = 0;
      this.#wake = new AbortController();
      this.#loop = this.#supervise();
    }
    await this.whenReady(this.plan.startAttempts);
  }

  /** Resolves when it is ready, e.g. after a crash. @throws StackFault when that takes too long. */
  async whenReady(crashesForgiven = Number.POSITIVE_INFINITY): Promise<void> {
    const deadline = Date.now() + this.plan.readyWithinMs;
    while (!this.#ready) {
      const given = this.#crashesInARow >= crashesForgiven ? 'ended before it was ready' : undefined;
      const late = Date.now() > deadline ? `was not ready within ${this.plan.readyWithinMs / 1000} s` : undefined;
      const problem = this.#wanted ? (given ?? late) : 'was stopped';
      if (problem) {
        await this.stop();
        throw new StackFault(`${this.plan.name} ${problem}; log ${this.plan.logFile}: ${excerpt(this.plan.logFile)}`);
      }
      await delay(25);
    }
  }

  /** Ends it and keeps it down. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#wake.abort();
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGCONT');
      child.kill(this.plan.stopSignal);
      const force = setTimeout(() => child.kill('SIGKILL'), this.plan.stopWithinMs);
      await this.#loop;
      clearTimeout(force);
    }
    await this.#loop;
    this.plan.finish?.();
  }

  /** Sends a signal; for one that ends a process, resolves when it has ended. It is then restarted like any crash. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      throw new StackFault(`${this.plan.name} is not running`);
    }
    if (!ENDING.has(signal)) {
      child.kill(signal);
      return;
    }
    const exit = once(child, 'exit');
    this.#ready = false;
    child.kill(signal);
    await exit;
  }

  async #supervise(): Promise<void> {
    while (this.#wanted) {
      const began = Date.now();
      await this.#runOnce();
      this.#pids.remove(this.plan.name);
      if (!this.#wanted) return;
      if (Date.now() - began > STEADY_AFTER_MS) this.#crashesInARow = 0;
      const pause = Math.min(FIRST_BACKOFF_MS * 2 ** this.#crashesInARow, LAST_BACKOFF_MS);
      this.#crashesInARow += 1;
      this.#restarts += 1;
      this.#log(`${this.plan.name} ended (${this.#ending()}), starts again in ${pause} ms`);
      await delay(pause, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    }
  }

  async #runOnce(): Promise<void> {
    try {
      await this.plan.prepare?.();
      if (!this.#wanted) return;
      const child = this.#spawn();
      const exit = new Promise<void>((resolve) => {
        child.once('exit', () => resolve());
        child.once('error', () => resolve());
      });
      this.#child = child;
      if (child.pid !== undefined) this.#pids.write(this.plan.name, child.pid);
      const over = new AbortController();
      const watching = this.#awaitReadiness(over.signal);
      await exit;
      over.abort();
      await watching;
    } catch (error) {
      this.#log(`${this.plan.name} could not be started: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#ready = false;
    }
  }

  #spawn(): ChildProcess {
    if (existsSync(this.plan.logFile) && statSync(this.plan.logFile).size > LOG_LIMIT) {
      renameSync(this.plan.logFile, `${this.plan.logFile}.1`);
    }
    const log = openSync(this.plan.logFile, 'a', 0o600);
    const [command, args] = wrapped(this.plan);
    try {
      return spawn(command, args, {
        cwd: this.plan.cwd,
        env: { ...this.plan.env },
        stdio: ['ignore', log, log],
        // its own group: Ctrl-C reaches the launcher alone, which then stops things in their order
        detached: true,
        ...this.plan.user,
      });
    } finally {
      closeSync(log);
    }
  }

  async #awaitReadiness(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const answered = await this.plan.ready().catch(() => false);
      if (over.aborted) return;
      if (answered) {
        this.#ready = true;
        return;
      }
      await delay(50, undefined, { signal: over }).catch(() => undefined);
    }
  }

  #ending(): string {
    return this.#child?.signalCode ?? `code ${this.#child?.exitCode ?? 'unknown'}`;
  }
}
