import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CdaFault } from '@pfi/cda';
// @ts-expect-error it comes without types
import { create } from 'fontkit';
import PdfDocument from 'pdfkit';
import type { FontName, Line, Measure } from './text-line.js';

/** A parsed font; pdfkit takes it where its types ask for a file. */
type Font = PDFKit.Mixins.PDFFontSource;

const locate = createRequire(import.meta.url).resolve;
/** Parsed once, at the first document: their tables take longer to read than a document to draw. */
const font = (file: string): Font => create(readFileSync(locate(`dejavu-fonts-ttf/ttf/${file}.ttf`))) as Font;
let parsed: Readonly<Record<FontName, Font>> | undefined;
const fonts = (): Readonly<Record<FontName, Font>> =>
  (parsed ??= {
    regular: font('DejaVuSans'),
    bold: font('DejaVuSans-Bold'),
    italic: font('DejaVuSans-Oblique'),
    'bold-italic': font('DejaVuSans-BoldOblique'),
  });

const MARGIN = 50;
const FOOT = 30;
const MAX_PAGES = 2_000;

/** pdfkit writes these into XML as they are; the page shows the true ones. */
const plain = (text: string): string => text.replaceAll('&', 'et').replaceAll('<', '‹').replaceAll('>', '›');

/** What may be drawn as a whole: never cut by the end of a page. */
export interface Strip {
  readonly height: number;
  draw(paper: Paper, x: number, y: number): void;
}

export interface PaperInfo {
  readonly title: string;
  readonly author: string;
  /** Fixed dates make the same document the same bytes. */
  readonly at: Date;
}

/** A4 pages of a PDF/A-1b (ISO 19005-1, level B), written from top to bottom. Sizes are points. */
export class Paper {
  readonly #pdf: PDFKit.PDFDocument;
  readonly #chunks: Buffer[] = [];
  readonly #ended: Promise<void>;
  #y = MARGIN;
  #pages = 1;
  readonly #widths = new Map<string, number>();

  constructor({ title, author, at }: PaperInfo) {
    this.#pdf = new PdfDocument({
      size: 'A4',
      margin: 0,
      pdfVersion: '1.4',
      subset: 'PDF/A-1b',
      bufferPages: true,
      lang: 'fr-FR',
      font: fonts().regular as string,
      info: { Title: plain(title), Author: plain(author), Creator: 'PFI', Producer: 'PFI', CreationDate: at },
    });
    for (const [name, one] of Object.entries(fonts())) this.#pdf.registerFont(name, one);
    this.#pdf.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#ended = new Promise((resolve, reject) => {
      this.#pdf.once('end', resolve);
      this.#pdf.once('error', reject);
    });
  }

  get width(): number {
    return this.#pdf.page.width - 2 * MARGIN;
  }

  /** The longest strip that a page takes. */
  get height(): number {
    return this.#pdf.page.height - 2 * MARGIN - FOOT;
  }

  readonly measure: Measure = (text, name, size) => {
    const key = `${name} ${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      width = this.#pdf.font(name).fontSize(1).widthOfString(text);
      this.#widths.set(key, width);
    }
    return width * size;
  };

  /** @throws CdaFault XML_LIMIT when the document is too long */
  put(strips: readonly Strip[]): void {
    for (const strip of strips) {
      if (this.#y > MARGIN && this.#y + strip.height > MARGIN + this.height) this.turn();
      strip.draw(this, MARGIN, this.#y);
      this.#y += strip.height;
    }
  }

  space(height: number): void {
    if (this.#y > MARGIN) this.#y += height;
  }

  line(line: Line, x: number, y: number, size: number): void {
    for (const { text, font: name, size: own, x: from, rise, underline } of line) {
      this.#pdf
        .font(name)
        .fontSize(own)
        .text(text, x + from, y + (size - own) - rise, { lineBreak: false, underline });
    }
  }

  rule(x1: number, y1: number, x2: number, y2: number): void {
    this.#pdf.moveTo(x1, y1).lineTo(x2, y2).lineWidth(0.5).stroke('#777777');
  }

  image(bytes: Buffer, x: number, y: number, width: number, height: number): void {
    this.#pdf.image(bytes, x, y, { width, height });
  }

  /** Writes the foot of every page and ends. */
  async end(foot: string): Promise<Buffer> {
    const { start, count } = this.#pdf.bufferedPageRange();
    for (let index = 0; index < count; index += 1) {
      this.#pdf.switchToPage(start + index);
      const y = this.#pdf.page.height - MARGIN;
      const page = `Page ${index + 1} / ${count}`;
      this.#pdf.font('regular').fontSize(7).fillColor('#444444');
      this.#pdf.text(foot, MARGIN, y, { lineBreak: false });
      this.#pdf.text(page, MARGIN + this.width - this.measure(page, 'regular', 7), y, { lineBreak: false });
    }
    this.#pdf.end();
    await this.#ended;
    return Buffer.concat(this.#chunks);
  }

  private turn(): void {
    this.#pages += 1;
    if (this.#pages > MAX_PAGES)
      throw new CdaFault(
        'XML_LIMIT',
        'Le document est trop long pour être rendu en PDF. Vérifier le logiciel émetteur.',
      );
    this.#pdf.addPage();
    this.#y = MARGIN;
  }
}
