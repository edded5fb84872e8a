import { readFileSync } from 'node:fs';
import { join, dirname } from 'node:path';

/** Values by name; a `Buffer` for bytes that are no text. */
export type Values = Readonly<Record<string, string | Buffer>>;

const PLACEHOLDER = /\{\{\s*([a-z0-9.-]+)(?:\s+((?:[^{}]|\{(?!\{)|\}(?!\}))*?))?\s*\}\}/gi;

/**
 * The bytes of a corpus file. Between double braces stand the name of a value, or a recipe: `base64 <file>`, `file <file>`,
 * `repeat <count> <text>`, `bytes <hexadecimal>`. Named files are templates too, relative to the one that names them.
 * @throws Error when a value is not known
 */
export function expandFile(file: string, values: Values, lineEnd: string): Buffer {
  // one character a byte, so that no file is too strange to pass
  const text = readFileSync(file, 'latin1').replaceAll('\n', lineEnd);
  return Buffer.from(expand(text, dirname(file), values), 'latin1');
}

function expand(text: string, folder: string, values: Values): string {
  return text.replace(PLACEHOLDER, (_all, name: string, argument = '') => {
    const named = () => expandFile(join(folder, argument), values, '\n');
    switch (name) {
      case 'base64':
        return named().toString('base64');
      case 'file':
        return named().toString('latin1');
      case 'repeat':
        return repeated(argument);
      case 'bytes':
        return Buffer.from(argument.replaceAll(' ', ''), 'hex').toString('latin1');
      default:
        return valueOf(name, values);
    }
  });
}

/** `3 <text>`: backslash escapes of JSON make control characters and outer spaces. `#` becomes the number of the copy, `#+1` the next one. */
function repeated(argument: string): string {
  const [, count = '', text = ''] = /^(\d+)\s([\s\S]*)$/.exec(argument) ?? [];
  const one = Buffer.from(JSON.parse(`"${text}"`) as string).toString('latin1');
  if (!one.includes('#')) return one.repeat(Number(count));
  return Array.from({ length: Number(count) }, (_, number) =>
    one.replaceAll('#+1', String(number + 1)).replaceAll('#', String(number)),
  ).join('');
}

function valueOf(name: string, values: Values): string {
  const value = values[name];
  if (value === undefined) throw new Error(`the corpus knows no value named "${name}"`);
  return Buffer.from(value as string).toString('latin1');
}
