import { describe, expect, it } from '@jest/globals';
import { readClaimWithContents, writeClaimWithContents } from './claim-with-contents.js';

describe('a claim with its contents', () => {
  it('is read as it was written, contents that are not there left out', () => {
    const [cda, pdf] = [Buffer.from('<é/>'), Buffer.from([0, 255, 10])];
    const claim = { deliveryId: 'd', traits: { birthName: 'CHÊNE' } };
    expect(readClaimWithContents(writeClaimWithContents(claim, [cda, null, pdf]))).toEqual({
      claim,
      contents: [cda, pdf],
    });
    expect(readClaimWithContents(writeClaimWithContents(claim, []))).toEqual({ claim, contents: [] });
  });

  it('is refused when bytes are missing, or too many', () => {
    const bytes = writeClaimWithContents({}, [Buffer.from('content')]);
    for (const wrong of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')]), Buffer.from('{}')])
      expect(() => readClaimWithContents(wrong)).toThrow();
  });
});
