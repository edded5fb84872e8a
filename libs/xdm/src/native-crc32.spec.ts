import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ZipFile } from 'yazl';
import { crc32OfYazl, inJavaScript, useNativeCrc32 } from './native-crc32.js';

describe('the checksum of yazl', () => {
  it('is still reckoned by what is replaced: when this fails the replacement is of no use', () => {
    let asked = 0;
    crc32OfYazl.unsigned = (bytes, before) => {
      asked += 1;
      return inJavaScript(bytes, before);
    };
    new ZipFile().addBuffer(Buffer.from('text'), 'name');
    expect(asked).toBe(1);
  });

  it('is the same, whole and continued', () => {
    useNativeCrc32();
    const bytes = randomBytes(70_001);
    expect(crc32OfYazl.unsigned(bytes)).toBe(inJavaScript(bytes));
    expect(crc32OfYazl.unsigned(bytes)).toBe(crc32(bytes));
    expect(crc32OfYazl.unsigned(bytes, 17)).toBe(inJavaScript(bytes, 17));
    expect(crc32OfYazl.unsigned(Buffer.alloc(0))).toBe(inJavaScript(Buffer.alloc(0)));
  });
});
