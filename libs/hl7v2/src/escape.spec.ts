import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { charsetNamed } from './charset.js';
import { escapeText, unescapeText } from './escape.js';
import { STANDARD_SEPARATORS } from './separators.js';

const utf8 = charsetNamed('UNICODE UTF-8')!;
const decode = (text: string): string => unescapeText(text, STANDARD_SEPARATORS, utf8);

describe('escape sequences', () => {
  it.each([
    ['a\\F\\b', 'a|b'],
    ['a\\S\\b\\T\\c\\R\\d\\E\\e', 'a^b&c~d\\e'],
    ['line\\.br\\line', 'line\nline'],
    ['a\\X0D\\PID', 'a\rPID'],
    ['caf\\XC3A9\\', 'café'],
    ['\\H\\bold\\N\\', 'bold'],
  ])('decodes %p', (written, data) => {
    expect(decode(written)).toBe(data);
  });

  it('decodes once: a decoded escape sign opens nothing', () => {
    expect(decode('\\E\\F\\E\\')).toBe('\\F\\');
  });

  it.each(['unclosed \\F', 'C:\\Documents', '\\Zunknown\\', '\\X00\\', '\\XC3\\', '\\X0\\', '\\'])(
    'keeps %p as data',
    (written) => {
      expect(decode(written)).toBe(written);
    },
  );

  it('gives back any text that was escaped', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\\', '|', '^', '&', '~', '\r', '\n', '\u000b', 'X', '0', 'D', 'F', 'é', '€'),
    });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), (text) => {
        expect(decode(escapeText(text))).toBe(text.replaceAll('\0', ''));
      }),
    );
  });

  it('writes nothing that could end a segment, a field or a part of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeText(text)).not.toMatch(/[|^&~\r\n\v]/);
      }),
    );
  });
});
