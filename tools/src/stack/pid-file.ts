import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, identify, isAlive } from './process-identity.js';
import type { ProcessIdentity } from './process-identity.js';
import { StackFault } from './stack-fault.js';

const LAUNCHER = 'launcher';

/** The processes of one state folder, written down so that a later launcher can end what a crashed one left. */
export class PidFiles {
  readonly #folder: string;

  constructor(stateDir: string) {
    this.#folder = join(stateDir, 'run');
    mkdirSync(this.#folder, { recursive: true });
  }

  write(name: string, pid: number): void {
    const identity = identify(pid);
    if (identity) writeFileSync(this.#path(name), JSON.stringify(identity), { mode: 0o600 });
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  /** Takes the state folder for this process. @throws StackFault when a living launcher holds it. */
  takeFolder(): void {
    const holder = this.launcher();
    if (holder && holder.pid !== process.pid) {
      throw new StackFault(
        `already running (process ${holder.pid}): use it, or stop it with Ctrl-C where it was started`,
      );
    }
    this.write(LAUNCHER, process.pid);
  }

  releaseFolder(): void {
    this.remove(LAUNCHER);
  }

  /** The living launcher of this folder, if any. */
  launcher(): ProcessIdentity | undefined {
    const identity = this.#read(LAUNCHER);
    return identity && isAlive(identity) ? identity : undefined;
  }

  /** Ends, each by its exact identity, the processes that a crashed launcher left; says their names. */
  async endLeftovers(signalOf: (name: string) => NodeJS.Signals): Promise<string[]> {
    const names = readdirSync(this.#folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []));
    const left = names.filter((name) => name !== LAUNCHER);
    const ended = await Promise.all(
      left.map(async (name) => {
        const identity = this.#read(name);
        const lived = identity !== undefined && isAlive(identity);
        if (lived)
          await end(identity, [
            [signalOf(name), 10_000],
            ['SIGKILL', 5_000],
          ]);
        this.remove(name);
        return lived ? [name] : [];
      }),
    );
    return ended.flat();
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`);
  }

  #read(name: string): ProcessIdentity | undefined {
    try {
      const value = JSON.parse(readFileSync(this.#path(name), 'utf8')) as Partial<ProcessIdentity>;
      return typeof value.pid === 'number' && typeof value.startedAt === 'string'
        ? { pid: value.pid, startedAt: value.startedAt }
        : undefined;
    } catch {
      return undefined;
    }
  }
}
