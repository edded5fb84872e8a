import { bench } from './bench/bench-command.js';
import { check } from './commands/check.js';
import { ci } from './commands/ci.js';
import { reset } from './commands/reset.js';
import { stack } from './commands/stack.js';
import { start } from './commands/start.js';
import { demo } from './demo/demo.js';
import { corpus } from './corpus/corpus-command.js';
import { faults } from './faults/faults-command.js';
import { StackFault } from './stack/stack-fault.js';
import { test } from './commands/tests.js';

/** Each command resolves to the exit code of the process. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  start,
  demo,
  reset,
  test,
  check,
  stack,
  bench,
  faults,
  corpus,
  ci,
};

// whoever read our lines may leave (a pipe into head): no reason to leave processes behind
process.stdout.on('error', () => undefined);

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
try {
  if (!command) throw new StackFault(`unknown command "${name}": one of ${Object.keys(commands).join(', ')}`);
  process.exitCode = await command(args);
} catch (error) {
  process.stderr.write(`pfi: ${describe(error)}\n`);
  process.exitCode = 1;
}

/** What a person can mend is told in a line; anything else is a defect and shows where it happened. */
function describe(error: unknown): string {
  if (error instanceof StackFault) return error.message;
  if (!(error instanceof Error)) return String(error);
  return 'textFr' in error ? error.message : (error.stack ?? error.message);
}
