import { PfiError } from '@pfi/health';
import { z } from 'zod';

const positionSchema = z.tuple([z.iso.datetime(), z.uuid()]);

export interface Position {
  readonly receivedAt: string;
  readonly id: string;
}

/** Where a page starts; undefined on the first. Raises CURSOR_INVALID. */
export function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [receivedAt, id] = positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { receivedAt, id };
  } catch (cause) {
    throw new PfiError('CURSOR_INVALID', 'invalid', 'Curseur de page illisible : reprendre la liste depuis le début.', { cause });
  }
}

/** The first `limit` of `rows`, and the cursor of what follows when there is more. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => Position,
): { items: readonly Row[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || !last) return { items, next: null };
  const { receivedAt, id } = position(last);
  return { items, next: Buffer.from(JSON.stringify([receivedAt, id])).toString('base64url') };
}
