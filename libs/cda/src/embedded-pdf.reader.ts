import { CdaFault } from './cda.fault.js';
import { outlineCda } from './cda.outline.js';
import type { ElementSpan } from './xml.outline.js';
import { decodeReferences } from './xml.references.js';
import type { Keep } from './xml.scanner.js';

/** What has to be kept of a level 1 document for `pdfInBody`. */
export const bodyText: Keep = (local, depth, parent) =>
  depth <= 3 || (depth === 4 && local === 'text' && parent.local === 'nonXMLBody');
const pdfMark = Buffer.from('%PDF-');

/**
 * The PDF of a level 1 document, byte for byte; null when the body is structured or is not a PDF.
 * @throws CdaFault CDA_INVALID when the body says PDF and holds no base64 of a PDF; those of the scan
 */
export function embeddedPdf(bytes: Buffer): Buffer | null {
  return pdfInBody(bytes, outlineCda(bytes, undefined, bodyText).body);
}

/** As `embeddedPdf`, of a body that was found. */
export function pdfInBody(bytes: Buffer, body: ElementSpan): Buffer | null {
  const text = body.local === 'nonXMLBody' ? body.first('text') : undefined;
  return text ? pdfIn(bytes, text) : null;
}

/** The PDF that an ED element holds; null when it says that it holds something else. */
export function pdfIn(bytes: Buffer, text: ElementSpan): Buffer | null {
  if (text.attribute('mediaType')?.trim().toLowerCase() !== 'application/pdf') return null;
  if (text.attribute('representation')?.trim() !== 'B64') throw unreadable();
  const pdf = decodeBase64(stringValue(bytes, text));
  if (!pdf.subarray(0, 1024).includes(pdfMark)) throw unreadable();
  return pdf;
}

function unreadable(): CdaFault {
  return new CdaFault('CDA_INVALID', 'Le corps du CDA N1 est annoncé comme PDF et n’en contient pas en base64.');
}

function stringValue(bytes: Buffer, element: ElementSpan): string {
  const parts = element.texts.map(({ start, end, cdata }) => {
    const part = bytes.toString('latin1', start, end);
    return cdata ? part : decodeReferences(part);
  });
  return parts.length === 1 ? (parts[0] as string) : parts.join('');
}

function decodeBase64(text: string): Buffer {
  const unpadded = text.endsWith('=') ? text.replace(/={1,2}$/, '') : text;
  const decoded = Buffer.from(unpadded, 'base64');
  // What Node skips shows in a result that is too short; it reads the URL alphabet too.
  if (decoded.length === Math.floor((unpadded.length * 3) / 4) && unpadded.length % 4 !== 1) {
    if (unpadded.includes('-') || unpadded.includes('_')) throw unreadable();
    return decoded;
  }
  const compact = unpadded.replace(/\s+/g, '');
  if (compact === unpadded || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw unreadable();
  return decodeBase64(compact);
}
