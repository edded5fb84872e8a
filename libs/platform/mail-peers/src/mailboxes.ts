import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './place.js';

/** Beginnings of addresses that are not open mailboxes; every other address of the peers' domains is one. */
export const MAILBOXES = {
  /** Refused at RCPT in the peers' own domains; sent back under 5.1.1 in the relayed one. */
  unknown: 'inconnu.',
  /** Taken, then sent back under 5.2.1. */
  closed: 'fermee.',
  /** Takes nothing beyond 1 000 bytes: sent back under 5.2.2. */
  full: 'pleine.',
} as const;

/** Mails of a mailbox as they lie on the disk of Dovecot and are not moved yet, oldest first, lines ended by CRLF. */
export function mailsIn({ folder }: Place, address: string): Buffer[] {
  return ['new', 'cur']
    .map((name) => join(folder, 'mail', address.toLowerCase(), name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => ({ name, path: join(path, name) })))
    .sort((one, other) => one.name.localeCompare(other.name))
    .map(({ path }) => readFileSync(path));
}
