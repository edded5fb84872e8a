import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PidFiles } from '../stack/pid-file.js';
import { removeState } from '../stack/start-stack.js';
import { defaultStateDir, readSettings } from '../stack/settings.js';
import { StackFault } from '../stack/stack-fault.js';
import { workspaceRoot } from '../workspace.js';
import { say } from './foreground.js';

/** `npm run reset`: removes every state (data, logs, secrets), keeps what was downloaded. */
export async function reset(): Promise<number> {
  const home = join(workspaceRoot, '.pfi');
  const inHome = existsSync(home) ? readdirSync(home, { withFileTypes: true }) : [];
  const folders = inHome.flatMap((entry) => (entry.isDirectory() ? [join(home, entry.name)] : []));
  const states = [...new Set([...folders, defaultStateDir(readSettings())])].filter((folder) =>
    existsSync(join(folder, 'run')),
  );
  for (const state of states) {
    const launcher = new PidFiles(state).launcher();
    if (launcher) {
      throw new StackFault(`${state} is in use (process ${launcher.pid}): stop it with Ctrl-C there, then run again`);
    }
  }
  for (const state of states) {
    // what a crashed launcher left running would write into the next state
    await new PidFiles(state).endLeftovers((name) => (name === 'postgres' ? 'SIGINT' : 'SIGTERM'));
    removeState(state);
    rmSync(state, { recursive: true, force: true });
    say(`removed ${state}`);
  }
  rmSync(join(home, 'test-results'), { recursive: true, force: true });
  if (states.length === 0) say('nothing to remove');
  return 0;
}
