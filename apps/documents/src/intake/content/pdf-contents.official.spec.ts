import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { embeddedPdf, pdfCopy } from '@pfi/cda';
import { pdfFinding } from './pdf-contents.js';
import { pdfFault } from './pdf-inspection.js';

const reference = process.env['PFI_REFERENCE_DIR'];
if (reference === undefined) throw new Error('PFI_REFERENCE_DIR must name the folder of the official samples');
const folder = join(reference, 'cda', 'ExemplesCDA');
const pdfs = readdirSync(folder)
  .filter((file) => file.endsWith('.xml'))
  .flatMap((file) => {
    const bytes = readFileSync(join(folder, file));
    const pdf = embeddedPdf(bytes) ?? pdfCopy(bytes);
    return pdf ? [[file, pdf] as const] : [];
  });

describe('the PDF of the official sample', () => {
  it('is found in documents of both levels', () => {
    expect(pdfs.length).toBeGreaterThanOrEqual(6);
  });

  it.each(pdfs)('%s holds nothing active', (_file, pdf) => {
    expect(pdfFault(pdf)).toBeUndefined();
    expect(pdfFinding(pdf, { maxPdfPages: 2_000, links: 'https' })).toBeUndefined();
  });
});
