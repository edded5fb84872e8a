import { XmlCData, XmlElement, XmlText } from 'libxml2-wasm';
import type { NarrativeBlock, TableCell, TextRun } from './narrative.model.js';
import { contentOf } from './xml.parser.js';

type Style = Omit<TextRun, 'text'>;

const MAX_SPAN = 100;
const INSERTED_STYLES: readonly (readonly [RegExp, Style])[] = [
  [/bold/i, { bold: true }],
  [/italics?/i, { italic: true }],
  [/underline/i, { underline: true }],
];

/** The blocks of a `text` element; images are looked for in the entries of its section. */
export function readBlocks(text: XmlElement, section: XmlElement): NarrativeBlock[] {
  const flow = new Flow(section);
  flow.read(text, {});
  return flow.end();
}

/** Reads mixed content: text runs on until a block begins. */
class Flow {
  readonly #blocks: NarrativeBlock[] = [];
  #runs: TextRun[] = [];

  constructor(private readonly section: XmlElement) {}

  end(): NarrativeBlock[] {
    this.paragraph();
    return this.#blocks;
  }

  read(element: XmlElement, style: Style): void {
    for (const node of contentOf(element)) {
      if (node instanceof XmlElement) this.child(node, style);
      else if (node instanceof XmlText || node instanceof XmlCData) this.text(node.content, style);
    }
  }

  private child(element: XmlElement, style: Style): void {
    switch (element.name) {
      case 'br':
        return this.say('\n', style);
      case 'paragraph':
        return this.apart(() => this.read(element, style));
      case 'caption':
        return this.apart(() => this.read(element, { ...style, bold: true }));
      case 'list':
        return this.block(this.list(element, style));
      case 'table':
        return this.table(element, style);
      case 'renderMultiMedia':
        return this.media(element);
      case 'sub':
      case 'sup':
        return this.read(element, { ...style, position: element.name });
      case 'footnote':
        return this.inside(element, style, ' [note : ', ']');
      default:
        // A deleted text that looked like the others would be read as true.
        if (element.attr('revised')?.value === 'delete') return this.inside(element, style, '[supprimé : ', ']');
        return this.read(element, { ...style, ...styleOf(element) });
    }
  }

  private inside(element: XmlElement, style: Style, before: string, after: string): void {
    this.say(before, style);
    this.read(element, style);
    this.say(after, style);
  }

  private list(element: XmlElement, style: Style): NarrativeBlock {
    for (const caption of named(element, 'caption')) this.child(caption, style);
    const ordered = element.attr('listType')?.value === 'ordered';
    return { kind: 'list', ordered, items: named(element, 'item').map((item) => this.nested(item, style)) };
  }

  private table(element: XmlElement, style: Style): void {
    const outside = contentOf(element).filter((node): node is XmlElement => node instanceof XmlElement);
    for (const child of outside) if (child.name === 'caption') this.child(child, style);
    const rows = outside.flatMap((child) => (child.name === 'tr' ? [child] : named(child, 'tr')));
    this.block({ kind: 'table', rows: rows.map((row) => this.cells(row, style)) });
  }

  private cells(row: XmlElement, style: Style): TableCell[] {
    return contentOf(row)
      .filter((node): node is XmlElement => node instanceof XmlElement)
      .map((cell) => ({
        blocks: this.nested(cell, cell.name === 'th' ? { ...style, bold: true } : style),
        heading: cell.name === 'th',
        columns: span(cell, 'colspan'),
        rows: span(cell, 'rowspan'),
      }));
  }

  private media(element: XmlElement): void {
    const names = (element.attr('referencedObject')?.value ?? '').split(/\s+/).filter(Boolean);
    for (const name of names) {
      const found = this.section.find(`.//*[@ID='${name.replaceAll("'", '')}']/*[local-name()='value']`)[0];
      const mediaType = found instanceof XmlElement ? (found.attr('mediaType')?.value ?? '') : '';
      if (found instanceof XmlElement && mediaType.startsWith('image/'))
        this.block({ kind: 'image', mediaType, bytes: Buffer.from(found.content, 'base64') });
      else
        this.apart(() => this.say(`[objet joint au document, non reproduit : ${mediaType || name}]`, { italic: true }));
    }
    this.read(element, {});
  }

  private nested(element: XmlElement, style: Style): NarrativeBlock[] {
    const flow = new Flow(this.section);
    flow.read(element, { ...style, ...styleOf(element) });
    return flow.end();
  }

  private block(block: NarrativeBlock): void {
    this.paragraph();
    this.#blocks.push(block);
  }

  private apart(read: () => void): void {
    this.paragraph();
    read();
    this.paragraph();
  }

  private paragraph(): void {
    const runs = trimmed(this.#runs);
    this.#runs = [];
    if (runs.length > 0) this.#blocks.push({ kind: 'paragraph', runs });
  }

  private text(content: string, style: Style): void {
    this.say(content.replace(/\s+/g, ' '), style);
  }

  private say(text: string, style: Style): void {
    if (text !== '') this.#runs.push({ text, ...style });
  }
}

function trimmed(runs: readonly TextRun[]): TextRun[] {
  const first = runs.findIndex(({ text }) => text.trim() !== '');
  if (first < 0) return [];
  const last = runs.findLastIndex(({ text }) => text.trim() !== '');
  return runs.slice(first, last + 1).map((run, index, all) => {
    const start = index === 0 ? run.text.trimStart() : run.text;
    return { ...run, text: index === all.length - 1 ? start.trimEnd() : start };
  });
}

const styleOf = (element: XmlElement): Style => {
  const code = element.attr('styleCode')?.value ?? '';
  return Object.assign(
    {},
    ...INSERTED_STYLES.filter(([pattern]) => pattern.test(code)).map(([, style]) => style),
  ) as Style;
};

const named = (parent: XmlElement, name: string): XmlElement[] =>
  contentOf(parent).filter((node): node is XmlElement => node instanceof XmlElement && node.name === name);

const span = (cell: XmlElement, name: string): number =>
  Math.min(MAX_SPAN, Math.max(1, Number.parseInt(cell.attr(name)?.value ?? '1', 10) || 1));
