import { HttpProblem } from './problem.js';

/** A page of a list: `next` is opaque, null on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** As `Date.toISOString` and PostgreSQL write it; `Date.parse` alone takes far more, which the database would refuse. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const cursorInvalid = (): HttpProblem =>
  new HttpProblem(400, 'CURSOR_INVALID', 'Le curseur de page est invalide. Reprenez à la première page.', {
    pointer: 'cursor',
  });

export type CursorPosition = readonly (string | number)[];

/** Opaque text of the place where the next page begins. It is neither secret nor signed: rights are checked on each page. */
export function encodeCursor(position: CursorPosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Throws 400 `CURSOR_INVALID` unless the cursor holds `length` strings or numbers. */
export function decodeCursor(cursor: string, length: number): CursorPosition {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const known = (part: unknown): boolean => typeof part === 'string' || typeof part === 'number';
    if (Array.isArray(position) && position.length === length && position.every(known))
      return position as CursorPosition;
  } catch {
    // Said below, as for any other text that is no cursor of ours.
  }
  throw cursorInvalid();
}

/** Place of a row in a list ordered by an instant, then by id. */
export interface RowPosition {
  /** ISO 8601 instant. */
  readonly at: string;
  readonly id: string;
}

/** Where a page begins; undefined on the first. Throws 400 `CURSOR_INVALID`. */
export function rowPosition(cursor: string | undefined): RowPosition | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeCursor(cursor, 2);
  if (
    typeof at !== 'string' ||
    !INSTANT.test(at) ||
    Number.isNaN(Date.parse(at)) ||
    typeof id !== 'string' ||
    !UUID.test(id)
  ) {
    throw cursorInvalid();
  }
  return { at, id };
}

/** The first `limit` of `rows` (one more was asked for), and the cursor of what follows when there is more. */
export function pageOf<Row>(rows: readonly Row[], limit: number, position: (row: Row) => RowPosition): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, next: null };
  const { at, id } = position(last);
  return { items, next: encodeCursor([at, id]) };
}
