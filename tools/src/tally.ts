/** What a run of tests or checks came to; `problems` are for a person, each one or more lines. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly problems: readonly string[];
}

export const nothing: Tally = { passed: 0, failed: 0, problems: [] };
export const success: Tally = { passed: 1, failed: 0, problems: [] };
export const failure = (problem: string): Tally => ({ passed: 0, failed: 1, problems: [problem] });

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, { passed, failed, problems }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      problems: [...total.problems, ...problems],
    }),
    nothing,
  );
}

/** The line that ends every run, alone. */
export const lastLine = ({ passed, failed }: Tally): string => `${passed} passed, ${failed} failed`;
