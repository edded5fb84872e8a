import { charsetNamed } from './charset.js';
import { escapeText } from './escape.js';
import { formatDtm } from '@pfi/health';

/** A field: text to escape, or parts already written (`raw`). */
export type FieldInput = string | undefined | Written;

/** Text that holds separators on purpose. */
export interface Written {
  readonly raw: string;
}

export function written(raw: string): Written {
  return { raw };
}

/** Components of one repetition; a nested list is subcomponents. Empty ends are cut. */
export function composite(...components: (string | undefined | readonly (string | undefined)[])[]): Written {
  const texts = components.map((component) =>
    typeof component === 'object'
      ? cut(
          component.map((part) => escapeText(part ?? '')),
          '&',
        )
      : escapeText(component ?? ''),
  );
  return written(cut(texts, '^'));
}

export function repeated(repetitions: readonly Written[]): Written {
  return written(repetitions.map(({ raw }) => raw).join('~'));
}

export function instant(at: Date | undefined): string | undefined {
  return at === undefined ? undefined : formatDtm(at);
}

/** One segment without its end; fields are given by their number. MSH has its own writer. */
export function segment(name: string, fields: Readonly<Record<number, FieldInput>>): string {
  const values: string[] = [name];
  for (const [number, input] of Object.entries(fields)) {
    if (input !== undefined) values[Number(number)] = typeof input === 'string' ? escapeText(input) : input.raw;
  }
  // A hole in the array joins as an empty field.
  return cut(values, '|');
}

export interface HeaderSpec {
  application: string;
  facility: string;
  receivingApplication: string;
  receivingFacility: string;
  at: Date;
  controlId: string;
  /** `P` by default. */
  processingId?: string;
  /** `UNICODE UTF-8` by default. */
  charset?: string;
}

export interface TypedHeader {
  type: readonly [messageType: string, event: string, structure: string];
  version: readonly [version: string, country?: string, nationalVersion?: string];
  /** MSH-21, components separated by `^`. */
  profile?: string;
  /** MSH-19 */
  language?: string;
}

export function header(spec: HeaderSpec, typed: TypedHeader): string {
  const fields = segment('MSH', {
    2: spec.application,
    3: spec.facility,
    4: spec.receivingApplication,
    5: spec.receivingFacility,
    6: formatDtm(spec.at),
    8: composite(...typed.type),
    9: spec.controlId,
    10: spec.processingId ?? 'P',
    11: composite(...typed.version),
    16: 'FRA',
    17: spec.charset ?? 'UNICODE UTF-8',
    18: typed.language,
    20: typed.profile === undefined ? undefined : composite(...typed.profile.split('^')),
  });
  return fields.replace('MSH|', 'MSH|^~\\&');
}

/** Segments, each ended by CR, in the character set of the header. */
export function message(segments: readonly string[], charsetName = 'UNICODE UTF-8'): Buffer {
  const charset = charsetNamed(charsetName);
  if (charset === undefined) throw new RangeError(`unknown character set: ${charsetName}`);
  return charset.encode(segments.map((text) => `${text}\r`).join(''));
}

function cut(parts: readonly string[], separator: string): string {
  return parts.join(separator).replace(ENDS[separator] ?? '', '');
}

const ENDS: Readonly<Record<string, RegExp>> = { '|': /\|+$/, '^': /\^+$/, '&': /&+$/ };
