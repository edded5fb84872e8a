import type { NarrativeBlock, NarrativeTable, TableCell } from '@pfi/cda';
import { layBlocks } from './layout.js';
import type { Paper, Strip } from './paper.js';

const PADDING = 3;
const NARROW = 32;
const SMALL = 6;
const LONGEST_WEIGHT = 60;

/** A cell in its place on the grid; `continued` is what a rowspan leaves in the rows under it. */
interface Placed {
  readonly column: number;
  readonly columns: number;
  readonly cell: TableCell | null;
}

/** The rows of a table. A row that is longer than a page goes on over the next ones. */
export function layTable(paper: Paper, { rows }: NarrativeTable, width: number, asked: number): Strip[] {
  const grid = placeCells(rows);
  const count = grid.flat().reduce((most, { column, columns }) => Math.max(most, column + columns), 0);
  if (count === 0) return [];
  const size = count * NARROW > width ? Math.min(asked, SMALL) : asked;
  const edges = edgesOf(columnWidths(grid, count, width));
  return grid.flatMap((row) => {
    const cells = row.map(({ column, columns, cell }) => {
      const [left, right] = [edges[column] ?? 0, edges[column + columns] ?? width];
      const inner = Math.max(1, right - left - 2 * PADDING);
      return { left, right, strips: cell ? layBlocks(paper, cell.blocks, inner, size) : [], begins: cell !== null };
    });
    return rowStrips(cells, paper.height - 2 * PADDING, size);
  });
}

interface LaidCell {
  readonly left: number;
  readonly right: number;
  readonly strips: readonly Strip[];
  readonly begins: boolean;
}

function rowStrips(cells: readonly LaidCell[], limit: number, size: number): Strip[] {
  const taken = cells.map(() => 0);
  const found: Strip[] = [];
  do {
    const first = found.length === 0;
    const parts = cells.map(({ strips }, index) => {
      const part: Strip[] = [];
      let height = 0;
      for (let at = taken[index] ?? 0; at < strips.length; at += 1) {
        const strip = strips[at] as Strip;
        if (part.length > 0 && height + strip.height > limit) break;
        part.push(strip);
        height += strip.height;
      }
      taken[index] = (taken[index] ?? 0) + part.length;
      return { part, height };
    });
    const height = Math.max(size, ...parts.map((part) => part.height)) + 2 * PADDING;
    found.push({
      height,
      draw: (paper, x, y) => {
        for (const [index, cell] of cells.entries()) {
          let at = y + PADDING;
          for (const strip of parts[index]?.part ?? []) {
            strip.draw(paper, x + cell.left + PADDING, at);
            at += strip.height;
          }
          if (cell.begins || !first) paper.rule(x + cell.left, y, x + cell.right, y);
          paper.rule(x + cell.left, y, x + cell.left, y + height);
          paper.rule(x + cell.right, y, x + cell.right, y + height);
          paper.rule(x + cell.left, y + height, x + cell.right, y + height);
        }
      },
    });
  } while (cells.some(({ strips }, index) => (taken[index] ?? 0) < strips.length));
  return found;
}

function placeCells(rows: readonly (readonly TableCell[])[]): Placed[][] {
  /** Rows that each column is still taken for. */
  let busy: { left: number; columns: number }[] = [];
  return rows.map((cells) => {
    const taken = busy.map(({ left }) => left);
    const placed: Placed[] = [];
    const next: { left: number; columns: number }[] = busy.map(({ left, columns }) => ({
      left: Math.max(0, left - 1),
      columns,
    }));
    let column = 0;
    const skip = () => {
      while ((taken[column] ?? 0) > 0) {
        placed.push({ column, columns: 1, cell: null });
        column += 1;
      }
    };
    for (const cell of cells) {
      skip();
      placed.push({ column, columns: cell.columns, cell });
      for (let at = column; at < column + cell.columns; at += 1)
        next[at] = { left: Math.max(next[at]?.left ?? 0, cell.rows - 1), columns: 1 };
      column += cell.columns;
    }
    skip();
    busy = Array.from({ length: next.length }, (_, index) => next[index] ?? { left: 0, columns: 1 });
    return placed;
  });
}

/** In proportion to the longest text of each column, none too narrow to read when there is room. */
function columnWidths(grid: readonly (readonly Placed[])[], count: number, width: number): number[] {
  if (count * NARROW > width) return Array.from({ length: count }, () => width / count);
  const weights = Array.from({ length: count }, () => 4);
  for (const { column, columns, cell } of grid.flat())
    if (cell && columns === 1)
      weights[column] = Math.max(weights[column] ?? 0, Math.min(LONGEST_WEIGHT, longest(cell.blocks)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = width - count * NARROW;
  return weights.map((weight) => NARROW + (spare * weight) / total);
}

const longest = (blocks: readonly NarrativeBlock[]): number =>
  Math.max(
    0,
    ...blocks.map((block) =>
      block.kind === 'paragraph' ? block.runs.reduce((sum, { text }) => sum + text.length, 0) : LONGEST_WEIGHT / 2,
    ),
  );

function edgesOf(widths: readonly number[]): number[] {
  const edges = [0];
  for (const width of widths) edges.push((edges.at(-1) ?? 0) + width);
  return edges;
}
