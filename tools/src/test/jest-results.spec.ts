import { describe, expect, it } from '@jest/globals';
import { tallyOf } from './jest-results.js';
import type { JestOutput } from './jest-results.js';

type File = JestOutput['testResults'][number];

const file = (tests: readonly (readonly [string, string])[], status = 'passed', message = ''): File => ({
  name: '/somewhere/a.spec.ts',
  message,
  status,
  assertionResults: tests.map(([fullName, state]) => ({
    fullName,
    status: state,
    failureMessages: state === 'failed' ? ['expected 1, got 2'] : [],
  })),
});

const output = (...testResults: File[]): JestOutput => ({
  numPassedTests: testResults.flatMap((each) => each.assertionResults).filter(({ status }) => status === 'passed')
    .length,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults,
});

describe('the tally of a Jest run', () => {
  it('counts what passed', () => {
    const run = output(
      file([
        ['a', 'passed'],
        ['b', 'passed'],
      ]),
      file([['c', 'passed']]),
    );
    expect(tallyOf('health', run)).toEqual({ passed: 3, failed: 0, problems: [] });
  });

  it('names each failed test with its message', () => {
    const tally = tallyOf(
      'health',
      output(
        file(
          [
            ['a', 'passed'],
            ['b adds', 'failed'],
          ],
          'failed',
        ),
      ),
    );
    expect(tally).toEqual({ passed: 1, failed: 1, problems: ['health: b adds\n    expected 1, got 2'] });
  });

  it('counts a file that did not run as one failure', () => {
    const tally = tallyOf('health', output(file([], 'failed', 'Cannot find module x')));
    expect(tally.failed).toBe(1);
    expect(tally.problems[0]).toContain('/somewhere/a.spec.ts did not run\n    Cannot find module x');
  });

  it.each(['pending', 'todo', 'skipped', 'disabled'])('counts a test that is %s as a failure', (status) => {
    expect(tallyOf('health', output(file([['a', status]])))).toMatchObject({ passed: 0, failed: 1 });
  });
});
