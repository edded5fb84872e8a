import { DomainError, type ErrorKind } from '@pfi/health';

/** What stands between a process and its start: every wrong variable or every wrong line of the GHT file, at once. */
export class SettingsError extends DomainError {
  readonly code: string;
  readonly kind: ErrorKind = 'invalid';
  readonly textFr: string;
  /** One printable French line a problem; variables and paths are named, values never shown. */
  readonly problems: readonly string[];

  constructor(code: 'ENVIRONMENT_INVALID' | 'GHT_FILE_INVALID', titleFr: string, problems: readonly string[]) {
    const text = [titleFr, ...problems.map((problem) => `  - ${problem}`)].join('\n');
    super(text);
    this.name = 'SettingsError';
    this.code = code;
    this.textFr = text;
    this.problems = problems;
  }
}

/** sysexits(3) EX_CONFIG: supervisors can tell a wrong setting from a crash. */
export const EXIT_CONFIGURATION = 78;

/**
 * For `main.ts`: runs `start`; a SettingsError is printed as plain lines on standard error and the process exits 78.
 * Any other error is rethrown untouched.
 */
export async function exitOnSettingsError<T>(start: () => T | Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
}
