import { describe, expect, it } from '@jest/globals';
import { encodeCursor, pageOf, rowPosition } from './pages.js';

const id = '5f0f9a9a-6a2c-4f77-9f5c-1f3c3a3d0001';
const at = '2026-01-02T03:04:05.678Z';

describe('pages of a list', () => {
  it('give back, through their cursor, the place of the last row shown', () => {
    const page = pageOf([1, 2, 3], 2, () => ({ at, id }));
    expect(page.items).toEqual([1, 2]);
    expect(rowPosition(page.next ?? undefined)).toEqual({ at, id });
  });

  it('have no next when nothing follows', () => {
    expect(pageOf([1, 2], 2, () => ({ at, id })).next).toBeNull();
    expect(rowPosition(undefined)).toBeUndefined();
  });

  it.each([
    ['text', 'not a cursor'],
    ['another shape', encodeCursor([at])],
    ['a year that PostgreSQL would refuse', encodeCursor(['1', id])],
    ['no id', encodeCursor([at, "x' OR 1=1"])],
  ])('refuse a cursor that is %s', (_what, cursor) => {
    expect(() => rowPosition(cursor)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });
});
