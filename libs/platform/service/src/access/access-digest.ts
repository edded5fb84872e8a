import { createHash } from 'node:crypto';

/** What the seal of a record covers: every column but the segment, `at` in microseconds of the epoch. */
export interface SealedRecord {
  readonly id: string;
  readonly owner: string;
  readonly at: string;
  readonly subject: string;
  readonly issuer: string;
  readonly machine: boolean;
  readonly action: string;
  readonly patients: readonly string[];
  readonly documents: readonly string[];
  readonly outcome: string;
  readonly purpose: string | null;
  readonly details: readonly string[];
}

/** A link of the chain; instants in microseconds of the epoch. */
export interface Link {
  readonly owner: string;
  readonly number: number;
  readonly records: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly content: string;
  readonly previous: string;
}

/** Before the first link of an owner. */
export const BEGINNING = '';

const sha256 = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** SHA-256 (hex) of records in id order. */
export function contentDigest(records: readonly SealedRecord[]): string {
  const hash = createHash('sha256');
  for (const r of records) {
    const { id, owner, at, subject, issuer, machine, action, patients, documents, outcome, purpose, details } = r;
    const columns = [id, owner, at, subject, issuer, machine, action, patients, documents, outcome, purpose, details];
    hash.update(`${JSON.stringify(columns)}\n`);
  }
  return hash.digest('hex');
}

/** SHA-256 (hex) of a link. */
export const linkDigest = (l: Link): string =>
  sha256([l.owner, l.number, l.records, l.firstAt, l.lastAt, l.content, l.previous]);
