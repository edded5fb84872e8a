import { decodeBase64, decodedLength, isBase64Of } from './base64.js';
import type { Hl7Message } from './hl7-message.js';
import { LIMITS } from './limits.js';
import type { Segment } from './segment.js';

/** ED of an OBX-5; `data` is a slice of the message, still encoded. */
interface EncapsulatedData {
  /** ED.3 (`XML`, `PDF`…), upper case. */
  subtype: string;
  /** ED.4 (`BASE64`…), upper case. */
  encoding: string;
  data: Buffer;
}

export interface DocumentLimits {
  /** Bytes of the decoded document. */
  maxDocumentBytes?: number;
}

/** Reads the parts of OBX-5 without turning its data into text. */
export function readEncapsulatedData(obx: Segment, message: Hl7Message): EncapsulatedData {
  const { charset, separators } = message.encoding;
  const bytes = obx.bytes(5);
  const separator = separators.component.charCodeAt(0);
  const starts: number[] = [0];
  while (starts.length < 5) {
    const found = bytes.indexOf(separator, starts.at(-1));
    if (found < 0) break;
    starts.push(found + 1);
  }
  const part = (position: number): string => {
    const start = starts[position - 1];
    const next = starts[position];
    return start === undefined || next === undefined
      ? ''
      : charset
          .decode(bytes.subarray(start, next - 1))
          .trim()
          .toUpperCase();
  };
  const start = starts[4];
  const rest = start === undefined ? bytes.subarray(bytes.length) : bytes.subarray(start);
  const end = rest.indexOf(separator);
  return { subtype: part(3), encoding: part(4), data: end < 0 ? rest : rest.subarray(0, end) };
}

/** A document that was carried as base64. */
interface DecodedDocument {
  readonly bytes: Buffer;
  /** Slice of the message; absent when `bytes` would not be encoded to it. */
  readonly base64?: Buffer;
}

/**
 * The document of OBX-5, decoded once.
 * @throws Hl7Fault REQUIRED_FIELD, BASE64_INVALID, DOCUMENT_TOO_LARGE
 */
export function readDocumentBytes(obx: Segment, message: Hl7Message, limits: DocumentLimits): DecodedDocument {
  const { encoding, data } = readEncapsulatedData(obx, message);
  if (data.length === 0) throw message.missing('OBX^1^5', 'OBX-5 ne porte pas de document');
  if (encoding !== 'BASE64') {
    throw message.fault('BASE64_INVALID', '102', 'OBX-5.4 : le document doit être codé en Base64.', 'OBX^1^5');
  }
  const limit = limits.maxDocumentBytes ?? LIMITS.documentBytes;
  if (decodedLength(data) > limit) {
    throw message.fault(
      'DOCUMENT_TOO_LARGE',
      '102',
      `Document de plus de ${limit} octets : réduisez-le avant de l’envoyer.`,
      'OBX^1^5',
    );
  }
  const document = decodeBase64(data);
  if (document === undefined) {
    throw message.fault(
      'BASE64_INVALID',
      '102',
      'OBX-5.5 : le document n’est pas du Base64 valide. Renvoyez-le entier.',
      'OBX^1^5',
    );
  }
  return { bytes: document, ...(isBase64Of(data, document) ? { base64: data } : {}) };
}
