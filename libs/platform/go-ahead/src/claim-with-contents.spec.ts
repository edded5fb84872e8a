import { describe, expect, it } from '@jest/globals';
import { readClaimWithContents, writeClaimWithContents, type Content } from './claim-with-contents.js';

const written = (claim: unknown, contents: readonly Content[]): Buffer =>
  Buffer.concat(writeClaimWithContents(claim, contents));

describe('a claim with its contents', () => {
  it('is read as it was written', () => {
    const contents = [
      { sha256: 'c'.repeat(64), bytes: Buffer.from('<é/>') },
      { sha256: 'd'.repeat(64), bytes: Buffer.from([0, 255, 10]) },
    ];
    const claim = { deliveryId: 'd', traits: { birthName: 'CHÊNE' } };
    expect(readClaimWithContents(written(claim, contents))).toEqual({ claim, contents });
    expect(readClaimWithContents(written(claim, []))).toEqual({ claim, contents: [] });
  });

  it('is refused when bytes are missing, or too many', () => {
    const bytes = written({}, [{ sha256: 'a', bytes: Buffer.from('content') }]);
    for (const wrong of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')]), Buffer.from('{}')])
      expect(() => readClaimWithContents(wrong)).toThrow();
  });
});
