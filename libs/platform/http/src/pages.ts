import { HttpProblem } from './problem.js';

/** A page of a list: `next` is opaque, null on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

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
  throw new HttpProblem(400, 'CURSOR_INVALID', 'Le curseur de page est invalide. Reprenez à la première page.', {
    pointer: 'cursor',
  });
}
