import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expandFile } from './template.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-template-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function expanded(text: string | Buffer, values: Record<string, string | Buffer> = {}, lineEnd = '\r'): Buffer {
  const file = join(folder, 'case.hl7');
  writeFileSync(file, text);
  return expandFile(file, values, lineEnd);
}

describe('a corpus file', () => {
  it('gets its values, its line ends, and keeps every other byte', () => {
    const odd = Buffer.from([0x00, 0xff, 0x0b, 0xc3]);
    const bytes = expanded(Buffer.concat([Buffer.from('PID|{{name}}\n'), odd]), { name: 'ÉMILE' });
    expect(bytes).toEqual(Buffer.concat([Buffer.from('PID|ÉMILE\r'), odd]));
  });

  it('holds other files, as they are and in base64, with the same values', () => {
    writeFileSync(join(folder, 'part.txt'), 'a\n{{name}}');
    expect(expanded('{{base64 part.txt}}|{{file part.txt}}', { name: 'X' }).toString()).toBe(
      `${Buffer.from('a\nX').toString('base64')}|a\nX`,
    );
  });

  it('makes what is too long to be written', () => {
    expect(expanded('[{{repeat 3 ab}}][{{repeat 2 \\u000b#,#+1\\r}}]').toString()).toBe(
      '[ababab][\u000b0,1\r\u000b1,2\r]',
    );
    expect(expanded('{{bytes 1c 0d}}')).toEqual(Buffer.from([0x1c, 0x0d]));
  });

  it('leaves single braces alone and names a value that nobody has', () => {
    expect(expanded('{"a":{"b":1}}').toString()).toBe('{"a":{"b":1}}');
    expect(() => expanded('{{unheard-of}}')).toThrow(/unheard-of/);
  });
});
