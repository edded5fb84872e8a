import { decodeCursor, encodeCursor, HttpProblem, type Page } from '@pfi/platform-http';
import { z } from 'zod';

const positionSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** Instant and id of the last row of a page, for lists that go from the newest to the oldest. */
export type TimePosition = readonly [at: string, id: string];

/** Where a page starts; undefined on the first. Raises CURSOR_INVALID. */
export function positionOf(cursor: string | undefined): TimePosition | undefined {
  if (cursor === undefined) return undefined;
  const position = positionSchema.safeParse(decodeCursor(cursor, 2));
  if (position.success) return position.data;
  throw cursorInvalid();
}

/** For a cursor that holds something else than the list it is given to expects. */
export const cursorInvalid = (): HttpProblem =>
  new HttpProblem(400, 'CURSOR_INVALID', 'Le curseur de page est invalide. Reprenez à la première page.', {
    pointer: 'cursor',
  });

/** The first `limit` of `rows`, and the cursor of what follows when there is more. */
export function pageOf<Row>(rows: readonly Row[], limit: number, position: (row: Row) => TimePosition): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last && rows.length > limit ? encodeCursor(position(last)) : null };
}
