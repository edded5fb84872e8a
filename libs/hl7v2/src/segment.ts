import type { Charset } from './charset.js';
import { unescapeText } from './escape.js';
import type { Separators } from './separators.js';

/** How the bytes of one message are read. */
export interface Encoding {
  readonly separators: Separators;
  readonly charset: Charset;
}

/** Beyond this size a segment is cut as bytes, so that its one big field is never turned into text. */
const TEXT_SEGMENT_BYTES = 16_384;

/** One repetition of a field. Parts count from 1; an absent part is an empty string. */
export class FieldValue {
  readonly #encoding: Encoding;
  readonly #components: string[];

  constructor(
    readonly raw: string,
    encoding: Encoding,
  ) {
    this.#encoding = encoding;
    this.#components = raw.split(encoding.separators.component);
  }

  /** Decoded and trimmed text of a component (its first subcomponent). */
  component(position: number): string {
    return this.sub(position, 1);
  }

  /** Decoded and trimmed text of a subcomponent. */
  sub(component: number, position: number): string {
    const raw = this.#components[component - 1];
    if (!raw) return '';
    const { separators } = this.#encoding;
    const part = raw.includes(separators.subcomponent)
      ? raw.split(separators.subcomponent)[position - 1]
      : position === 1
        ? raw
        : '';
    return decodePart(part ?? '', this.#encoding);
  }
}

/** One segment; fields count from 1 as in the standard, MSH-1 being the separator itself. */
export class Segment {
  readonly #bytes: Buffer;
  readonly #encoding: Encoding;
  #texts: string[] | undefined;
  #slices: Buffer[] | undefined;

  constructor(
    readonly name: string,
    bytes: Buffer,
    encoding: Encoding,
  ) {
    this.#bytes = bytes;
    this.#encoding = encoding;
  }

  /** Text of a field as written: not unescaped, repetitions included. */
  raw(field: number): string {
    const index = this.#index(field);
    if (this.#bytes.length > TEXT_SEGMENT_BYTES) {
      const slice = this.#fieldSlices()[index];
      return slice === undefined ? '' : this.#encoding.charset.decode(slice);
    }
    this.#texts ??= this.#encoding.charset.decode(this.#bytes).split(this.#encoding.separators.field);
    return this.#texts[index] ?? '';
  }

  /** Bytes of a field as received, without a copy. */
  bytes(field: number): Buffer {
    return this.#fieldSlices()[this.#index(field)] ?? Buffer.alloc(0);
  }

  /** Decoded and trimmed text; the first repetition. The HL7 null `""` reads as an empty string. */
  value(field: number, component = 1, subcomponent = 1): string {
    return this.first(field).sub(component, subcomponent);
  }

  first(field: number): FieldValue {
    const raw = this.raw(field);
    const end = raw.indexOf(this.#encoding.separators.repetition);
    return new FieldValue(end < 0 ? raw : raw.slice(0, end), this.#encoding);
  }

  /** The repetitions that hold something. */
  repetitions(field: number): FieldValue[] {
    const raw = this.raw(field);
    if (raw === '') return [];
    return raw
      .split(this.#encoding.separators.repetition)
      .filter((repetition) => repetition !== '')
      .map((repetition) => new FieldValue(repetition, this.#encoding));
  }

  #index(field: number): number {
    return this.name === 'MSH' ? field - 1 : field;
  }

  #fieldSlices(): Buffer[] {
    if (this.#slices === undefined) {
      const slices: Buffer[] = [];
      const separator = this.#encoding.separators.field.charCodeAt(0);
      let start = 0;
      for (let end = this.#bytes.indexOf(separator); end >= 0; end = this.#bytes.indexOf(separator, start)) {
        slices.push(this.#bytes.subarray(start, end));
        start = end + 1;
      }
      slices.push(this.#bytes.subarray(start));
      this.#slices = slices;
    }
    return this.#slices;
  }
}

function decodePart(raw: string, encoding: Encoding): string {
  const text = unescapeText(raw, encoding.separators, encoding.charset).trim();
  return text === '""' ? '' : text;
}
