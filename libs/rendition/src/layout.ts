import type { NarrativeBlock, NarrativeImage, TextRun } from '@pfi/cda';
import { jpegSize } from './jpeg.js';
import type { Paper, Strip } from './paper.js';
import { layTable } from './table.js';
import { wrap, type Line } from './text-line.js';

const LEADING = 1.3;
const INDENT = 14;
const MAX_IMAGE_HEIGHT = 420;

/** Blocks as strips of the given width, from top to bottom. */
export function layBlocks(paper: Paper, blocks: readonly NarrativeBlock[], width: number, size: number): Strip[] {
  return blocks.flatMap((block) => layBlock(paper, block, width, size));
}

function layBlock(paper: Paper, block: NarrativeBlock, width: number, size: number): Strip[] {
  switch (block.kind) {
    case 'paragraph':
      return layRuns(paper, block.runs, width, size);
    case 'list':
      return block.items.flatMap((item, index) =>
        marked(layBlocks(paper, item, Math.max(1, width - INDENT), size), block.ordered ? `${index + 1}.` : '•', size),
      );
    case 'table':
      return [...layTable(paper, block, width, size), { height: size * 0.5, draw: () => undefined }];
    case 'image':
      return layImage(paper, block, width, size);
  }
}

export const layRuns = (paper: Paper, runs: readonly TextRun[], width: number, size: number): Strip[] =>
  wrap(runs, width, size, paper.measure).map((line) => lineStrip(line, size));

const lineStrip = (line: Line, size: number): Strip => ({
  height: size * LEADING,
  draw: (paper, x, y) => paper.line(line, x, y, size),
});

/** A mark before the first strip, the others under it. */
function marked(strips: readonly Strip[], mark: string, size: number): Strip[] {
  const own = strips.length > 0 ? strips : [{ height: size * LEADING, draw: () => undefined }];
  return own.map((strip, index) => ({
    height: strip.height,
    draw: (paper, x, y) => {
      const fragment = { text: mark, font: 'regular' as const, size, x: 0, rise: 0, underline: false, width: INDENT };
      if (index === 0) paper.line([fragment], x, y, size);
      strip.draw(paper, x + INDENT, y);
    },
  }));
}

/** Only JPEG in grey or RGB can stand in a PDF/A-1 as it is; anything else is named. */
function layImage(paper: Paper, { mediaType, bytes }: NarrativeImage, width: number, size: number): Strip[] {
  const found = jpegSize(bytes);
  if (!found)
    return layRuns(
      paper,
      [{ text: `[image jointe au document, non reproduite : ${mediaType}]`, italic: true }],
      width,
      size,
    );
  const scale = Math.min(1, width / found.width, MAX_IMAGE_HEIGHT / found.height);
  const [drawnWidth, drawnHeight] = [found.width * scale, found.height * scale];
  return [{ height: drawnHeight + 4, draw: (on, x, y) => on.image(bytes, x, y, drawnWidth, drawnHeight) }];
}
