import { CdaFault, embeddedPdf, pdfCopy } from '@pfi/cda';

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
  if (own) return { bytes: own, drawn: false };
  throw new CdaFault('CDA_INVALID', 'Le CDA ne contient pas de PDF à joindre.');
}
