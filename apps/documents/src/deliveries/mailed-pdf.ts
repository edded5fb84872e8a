import { embeddedPdf, pdfCopy } from '@pfi/cda';
import { renderCda } from '@pfi/rendition';

/** The PDF of a mail, and whether it had to be drawn. */
export interface MailedPdf {
  readonly bytes: Buffer;
  readonly drawn: boolean;
}

/**
 * The PDF beside a CDA in a mail (design D13): that of a level 1 document and the copy of a level 3 one, byte for byte; else
 * header and narrative drawn as PDF/A-1b.
 * @throws CdaFault
 */
export async function mailedPdf(cda: Buffer): Promise<MailedPdf> {
  const own = embeddedPdf(cda) ?? pdfCopy(cda);
  return own ? { bytes: own, drawn: false } : { bytes: await renderCda(cda), drawn: true };
}
