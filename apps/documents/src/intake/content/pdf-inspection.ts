export type PdfFault = 'DOCUMENT_TYPE_MISMATCH' | 'PDF_UNREADABLE' | 'PDF_ENCRYPTED';

const START = Buffer.from('%PDF-');
const END = Buffer.from('%%EOF');
const ENCRYPT = Buffer.from('/Encrypt');
const ZIP_END = Buffer.from('PK\x05\x06', 'latin1');
const TAIL = 2_048;

/**
 * What forbids to take these bytes for a PDF; undefined when nothing does. A look at the outside only: start, end, no
 * encryption, no archive behind the end. `pdf-contents` looks inside.
 */
export function pdfFault(bytes: Buffer): PdfFault | undefined {
  if (bytes.length === 0) return 'PDF_UNREADABLE';
  if (!bytes.subarray(0, START.length).equals(START)) return 'DOCUMENT_TYPE_MISMATCH';
  const end = bytes.lastIndexOf(END);
  if (end < 0 || bytes.lastIndexOf('startxref') < 0) return 'PDF_UNREADABLE';
  const behind = bytes.subarray(end + END.length);
  if (behind.includes(ZIP_END)) return 'DOCUMENT_TYPE_MISMATCH';
  if (behind.length > TAIL) return 'PDF_UNREADABLE';
  return isEncrypted(bytes) ? 'PDF_ENCRYPTED' : undefined;
}

/** The trailer, or the dictionary of a cross-reference stream, names an encryption dictionary; neither is ever compressed. */
export function isEncrypted(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(ENCRYPT); at >= 0; at = bytes.indexOf(ENCRYPT, at + ENCRYPT.length)) {
    const after = bytes.toString('latin1', at + ENCRYPT.length, at + ENCRYPT.length + 32);
    if (/^\s*(?:\d+\s+\d+\s+R|<<)/.test(after)) return true;
  }
  return false;
}
