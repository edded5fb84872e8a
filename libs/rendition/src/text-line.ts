import type { TextRun } from '@pfi/cda';

export type FontName = 'regular' | 'bold' | 'italic' | 'bold-italic';

/** A piece of a line in one style, `x` from the left of the line, in points. */
export interface Fragment {
  readonly text: string;
  readonly font: FontName;
  readonly size: number;
  readonly x: number;
  /** Above the line when positive. */
  readonly rise: number;
  readonly underline: boolean;
  readonly width: number;
}

export type Line = readonly Fragment[];

/** Width of a text in points. */
export type Measure = (text: string, font: FontName, size: number) => number;

interface Style {
  readonly font: FontName;
  readonly size: number;
  readonly rise: number;
  readonly underline: boolean;
}

/** Breaks text into lines no wider than `width`; a word that is wider is cut. Every character stays, but spaces at a break. */
export function wrap(runs: readonly TextRun[], width: number, size: number, measure: Measure): Line[] {
  const lines: Fragment[][] = [[]];
  let x = 0;
  const add = (text: string, style: Style, textWidth: number) => {
    const line = lines.at(-1) as Fragment[];
    const last = line.at(-1);
    if (last && sameStyle(last, style))
      line[line.length - 1] = { ...last, text: last.text + text, width: last.width + textWidth };
    else line.push({ ...style, text, x, width: textWidth });
    x += textWidth;
  };
  const newLine = () => {
    lines.push([]);
    x = 0;
  };
  for (const run of runs) {
    const style = styleOf(run, size);
    const widthOf = (text: string) => measure(text, style.font, style.size);
    for (const word of run.text.match(/\n|[ \t]+|[^ \t\n]+/g) ?? []) {
      if (word === '\n') newLine();
      else if (/^[ \t]/.test(word)) {
        if (x > 0) add(' ', style, widthOf(' '));
      } else {
        const wordWidth = widthOf(word);
        if (x > 0 && x + wordWidth > width) newLine();
        if (wordWidth <= width) add(word, style, wordWidth);
        else
          for (const piece of pieces(word, width, widthOf)) {
            if (x > 0) newLine();
            add(piece, style, widthOf(piece));
          }
      }
    }
  }
  return lines;
}

/** A word cut into pieces that fit, of one character at least. */
function pieces(word: string, width: number, widthOf: (text: string) => number): string[] {
  const found: string[] = [];
  let piece = '';
  let pieceWidth = 0;
  for (const character of word) {
    const characterWidth = widthOf(character);
    if (piece !== '' && pieceWidth + characterWidth > width) {
      found.push(piece);
      piece = '';
      pieceWidth = 0;
    }
    piece += character;
    pieceWidth += characterWidth;
  }
  return [...found, piece];
}

const styleOf = ({ bold, italic, underline, position }: TextRun, size: number): Style => ({
  font: bold ? (italic ? 'bold-italic' : 'bold') : italic ? 'italic' : 'regular',
  size: position ? size * 0.7 : size,
  rise: position === 'sup' ? size * 0.35 : position === 'sub' ? -size * 0.15 : 0,
  underline: underline ?? false,
});

const sameStyle = (fragment: Fragment, style: Style): boolean =>
  fragment.font === style.font &&
  fragment.size === style.size &&
  fragment.rise === style.rise &&
  fragment.underline === style.underline;
