import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the two servers stand: all that another process needs to find them. */
export interface Place {
  /** Absolute; short, as the sockets in it have a limit of about 100 bytes. */
  readonly folder: string;
  readonly smtpPort: number;
  readonly imapPort: number;
}

/** The user and group `nobody`, under which mail is kept. */
export const NOBODY = 65_534;

/** Why a server may have failed: its complaints, else its last lines. */
export function logExcerpt(folder: string, ...names: readonly string[]): string {
  const lines = names
    .map((name) => join(folder, name))
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
  const complaints = lines.filter((line) => /fatal|panic|error/i.test(line));
  return (complaints.length > 0 ? complaints : lines).slice(-5).join(' | ') || 'it said nothing';
}
