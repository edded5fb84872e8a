import type { Tally } from '../tally.js';

/** The part of Jest's `--json` output that is read. */
export interface JestOutput {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
    readonly status: string;
  }[];
}

const LINES_SHOWN = 14;
// eslint would want no control character in a pattern: built from its number
const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** A file that did not run counts as one failure, and so does a test that was skipped: neither has shown anything. */
export function tallyOf(project: string, output: JestOutput): Tally {
  const problems = output.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    const skipped = file.assertionResults.filter(({ status }) => status !== 'failed' && status !== 'passed');
    const broken = file.status === 'failed' && failed.length === 0;
    return [
      ...failed.map((test) => `${project}: ${test.fullName}\n${shortened(test.failureMessages.join('\n'))}`),
      ...skipped.map((test) => `${project}: ${test.fullName}\n    skipped: a test runs or does not exist`),
      ...(broken ? [`${project}: ${file.name} did not run\n${shortened(file.message)}`] : []),
    ];
  });
  return { passed: output.numPassedTests, failed: problems.length, problems };
}

function shortened(message: string): string {
  const lines = message.replaceAll(colour, '').trim().split('\n');
  const more = lines.length > LINES_SHOWN ? [`… ${lines.length - LINES_SHOWN} more lines`] : [];
  return [...lines.slice(0, LINES_SHOWN), ...more].map((line) => `    ${line}`).join('\n');
}
