import { describe, expect, it } from '@jest/globals';
import { nothingToEscape } from './handover.js';

describe('a mail', () => {
  it('whose lines end with CRLF and begin without a dot passes as it is', () => {
    expect(nothingToEscape(Buffer.from('Subject: x\r\n\r\na.b\r\n'))).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a dot at its beginning', '.x\r\n'],
    ['a line that begins with a dot', 'x\r\n.\r\n'],
    ['a line ended by LF', 'x\ny\r\n'],
    ['LF at its beginning', '\nx\r\n'],
    ['a line ended by CR', 'x\ry\r\n'],
    ['CR CR LF', 'x\r\r\n'],
    ['no end of its last line', 'x\r\ny'],
    ['CR at its end', 'x\r\ny\r'],
  ])('with %s does not', (_what, text) => {
    expect(nothingToEscape(Buffer.from(text))).toBe(false);
  });
});
