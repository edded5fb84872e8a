import { startStack } from '../stack/start-stack.js';
import type { StackOptions } from '../stack/start-stack.js';
import type { Stack } from '../stack/stack.js';
import { StackFault } from '../stack/stack-fault.js';

/** npm and the terminal may both deliver one Ctrl-C: what comes within this delay is the same wish. */
const SAME_WISH_MS = 1_500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs `work` with a signal that Ctrl-C and SIGTERM abort, instead of ending the process at once. */
export async function underSignals<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let first = 0;
  const onSignal = () => {
    if (first === 0) {
      first = Date.now();
      say('stopping…');
      controller.abort(new StackFault('interrupted'));
    } else if (Date.now() - first > SAME_WISH_MS) {
      say('still stopping: every part is given the time to finish');
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

/** Runs `work` on a stack, then stops it: at the end, on Ctrl-C and on SIGTERM alike, even while it still starts. */
export async function withStack(
  options: StackOptions,
  work: (stack: Stack, interrupted: AbortSignal) => Promise<number>,
): Promise<number> {
  return underSignals(async (signal) => {
    let stack: Stack | undefined;
    try {
      stack = await startStack({ log: (line) => say(`  ${line}`), ...options, signal });
      return await work(stack, signal);
    } catch (error) {
      if (signal.aborted) return 130;
      throw error;
    } finally {
      await stack?.close();
    }
  });
}

/** Resolves on Ctrl-C; does not keep the process alive. */
export function interruption(interrupted: AbortSignal): Promise<void> {
  if (interrupted.aborted) return Promise.resolve();
  return new Promise((resolve) => interrupted.addEventListener('abort', () => resolve(), { once: true }));
}

/** Stays in the foreground until Ctrl-C. */
export async function untilInterrupted(interrupted: AbortSignal): Promise<void> {
  // a pending promise alone does not keep a process alive
  const alive = setInterval(() => undefined, 1 << 30);
  await interruption(interrupted);
  clearInterval(alive);
}
