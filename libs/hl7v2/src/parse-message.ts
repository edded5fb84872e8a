import { charsetNamed } from './charset.js';
import type { MessageHeader } from './header.js';
import { Hl7Fault, type Hl7ErrorCode, type Hl7FaultCode } from './hl7-fault.errors.js';
import { Hl7Message } from './hl7-message.js';
import { LIMITS } from './limits.js';
import { type Encoding, Segment } from './segment.js';
import { STANDARD_SEPARATORS, parseSeparators } from './separators.js';

export interface ParseOptions {
  /** `strict`: segments end with CR alone. `lenient` (default): CR, LF or CRLF, mixed or not. */
  separators?: 'strict' | 'lenient';
}

const CR = 0x0d;
const LF = 0x0a;

/**
 * Cuts a message (without MLLP framing) into segments and checks what holds for any message: separators, character set, limits,
 * MSH-9 and MSH-10. The bytes are kept, not copied: the caller must not change them.
 * @throws Hl7Fault HL7_MALFORMED, CHARSET_MISMATCH, REQUIRED_FIELD, LIMIT_EXCEEDED
 */
export function parseMessage(bytes: Buffer, options: ParseOptions = {}): Hl7Message {
  const lenient = options.separators !== 'strict';
  const content = withoutMark(bytes);
  const headerBytes = content.subarray(0, headerEnd(content));
  const separators = readSeparators(content, headerBytes);
  // Latin-1 reads any byte: enough to find the declared set and to address a refusal.
  const provisional = headerOf(segmentOf(headerBytes, { separators, charset: requireCharset('8859/1') }));
  const mistaken = refusalsOf(provisional);

  const charset = charsetNamed(provisional.charset);
  if (charset === undefined) {
    throw mistaken(
      'CHARSET_MISMATCH',
      '102',
      'Jeu de caractères de MSH-18 non pris en charge : utilisez « UNICODE UTF-8 » ou « 8859/15 ».',
      'MSH^1^18',
    );
  }
  const marked = content.length < bytes.length;
  if (!charset.accepts(content) || (marked && charset.name !== 'UNICODE UTF-8')) {
    throw mistaken(
      'CHARSET_MISMATCH',
      '102',
      `Les octets du message ne sont pas du texte ${charset.name} : corrigez MSH-18 ou le codage de l’application émettrice.`,
      'MSH^1^18',
    );
  }
  if (!lenient && content.includes(LF)) {
    throw mistaken(
      'HL7_MALFORMED',
      '100',
      'Fin de segment LF ou CRLF : cette source doit terminer chaque segment par CR seul.',
    );
  }

  const encoding: Encoding = { separators, charset };
  const header = headerOf(segmentOf(headerBytes, encoding));
  const refuse = refusalsOf(header);
  const segments: Segment[] = [];
  let lines = 0;
  for (const [start, end] of lineRanges(content)) {
    lines += 1;
    const blank = isBlank(content, start, end);
    if (blank && lines <= LIMITS.lines) continue;
    if (blank || segments.length === LIMITS.segments) {
      throw refuse('LIMIT_EXCEEDED', '102', `Message de plus de ${LIMITS.segments} segments : découpez-le.`);
    }
    const segmentBytes = content.subarray(start, end);
    if (!isSegment(segmentBytes, separators.field.charCodeAt(0)) || (segments.length > 0 && isHeader(segmentBytes))) {
      if (isEncapsulated(segments.at(-1))) {
        throw refuse(
          'BASE64_INVALID',
          '102',
          'OBX-5.5 : le Base64 est coupé par une fin de ligne. Renvoyez-le d’un seul tenant.',
          'OBX^1^5',
        );
      }
      throw refuse(
        'HL7_MALFORMED',
        '100',
        `La ligne ${segments.length + 1} n’est pas un segment HL7 : vérifiez les fins de segment et l’échappement des textes.`,
      );
    }
    const segment = segmentOf(segmentBytes, encoding);
    checkLimits(segment, segmentBytes, encoding, refuse);
    segments.push(segment);
  }

  const message = new Hl7Message(header, segments, encoding);
  if (header.messageType === '') throw message.missing('MSH^1^9', 'MSH-9 (type du message) est vide');
  if (header.controlId === '') throw message.missing('MSH^1^10', 'MSH-10 (identifiant du message) est vide');
  if (header.controlId.length > LIMITS.controlIdLength) {
    throw message.fault('LIMIT_EXCEEDED', '102', `MSH-10 dépasse ${LIMITS.controlIdLength} caractères.`, 'MSH^1^10');
  }
  return message;
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function headerEnd(content: Buffer): number {
  const cr = content.indexOf(CR);
  const beforeCr = cr < 0 ? content.length : cr;
  const lf = content.subarray(0, beforeCr).indexOf(LF);
  return lf < 0 ? beforeCr : lf;
}

function readSeparators(content: Buffer, header: Buffer): Encoding['separators'] {
  if (content[0] === 0xff || content[0] === 0xfe || content[0] === 0 || content[1] === 0) {
    throw new Hl7Fault(
      'CHARSET_MISMATCH',
      '102',
      'Message en UTF-16 : émettez-le en UTF-8 (MSH-18 « UNICODE UTF-8 »).',
    );
  }
  if (header.length < 8 || !isHeader(header)) {
    throw new Hl7Fault('HL7_MALFORMED', '100', 'Le message ne commence pas par un segment MSH complet.');
  }
  if (header.length > LIMITS.headerBytes) {
    throw new Hl7Fault('LIMIT_EXCEEDED', '102', `Segment MSH de plus de ${LIMITS.headerBytes} octets.`);
  }
  const start = header.toString('latin1', 3, 11);
  const declaredEnd = start.indexOf(start.charAt(0), 1);
  const separators = declaredEnd < 0 ? undefined : parseSeparators(start.slice(0, declaredEnd));
  if (separators === undefined) {
    throw new Hl7Fault(
      'HL7_MALFORMED',
      '100',
      `Séparateurs de MSH-1 et MSH-2 incorrects : attendu ${Object.values(STANDARD_SEPARATORS).join('')}.`,
      { location: 'MSH^1^2' },
    );
  }
  return separators;
}

type Refuse = (code: Hl7FaultCode, hl7Code: Hl7ErrorCode, textFr: string, location?: string) => Hl7Fault;

function refusalsOf(header: MessageHeader): Refuse {
  return (code, hl7Code, textFr, location) =>
    new Hl7Fault(code, hl7Code, textFr, { header, ...(location === undefined ? {} : { location }) });
}

/** Blank lines too: one is the other half of a CRLF. */
function* lineRanges(content: Buffer): Generator<[start: number, end: number]> {
  const nextOf = (byte: number, from: number): number => {
    const found = content.indexOf(byte, from);
    return found < 0 ? content.length : found;
  };
  let cr = nextOf(CR, 0);
  let lf = nextOf(LF, 0);
  for (let start = 0; start < content.length;) {
    const end = Math.min(cr, lf);
    yield [start, end];
    start = end + 1;
    if (cr < start) cr = nextOf(CR, start);
    if (lf < start) lf = nextOf(LF, start);
  }
}

function isBlank(content: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if (content[at] !== 0x20 && content[at] !== 0x09) return false;
  }
  return true;
}

function isHeader(bytes: Buffer): boolean {
  return bytes[0] === 0x4d && bytes[1] === 0x53 && bytes[2] === 0x48;
}

function isSegment(bytes: Buffer, fieldSeparator: number): boolean {
  if (bytes.length < 3 || (bytes.length > 3 && bytes[3] !== fieldSeparator)) return false;
  return isUpper(bytes[0]) && (isUpper(bytes[1]) || isDigit(bytes[1])) && (isUpper(bytes[2]) || isDigit(bytes[2]));
}

function isEncapsulated(segment: Segment | undefined): boolean {
  return segment?.name === 'OBX' && segment.value(2) === 'ED';
}

function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function segmentOf(bytes: Buffer, encoding: Encoding): Segment {
  return new Segment(bytes.toString('latin1', 0, 3), bytes, encoding);
}

function headerOf(msh: Segment): MessageHeader {
  return {
    application: msh.value(3),
    facility: msh.value(4),
    receivingApplication: msh.value(5),
    receivingFacility: msh.value(6),
    at: msh.value(7),
    messageType: msh.value(9),
    event: msh.value(9, 2),
    structure: msh.value(9, 3),
    controlId: msh.value(10),
    processingId: msh.value(11),
    version: msh.value(12),
    nationalVersion: msh.value(12, 3),
    charset: msh.value(18),
    profile: msh.first(21).raw,
  };
}

function checkLimits(segment: Segment, bytes: Buffer, encoding: Encoding, refuse: Refuse): void {
  if (bytes.length <= Math.min(LIMITS.fields, LIMITS.repetitions)) return;
  const fieldSeparator = encoding.separators.field.charCodeAt(0);
  const repetitionSeparator = encoding.separators.repetition.charCodeAt(0);
  let start = 0;
  for (let field = 0; start <= bytes.length; field += 1) {
    if (field > LIMITS.fields) {
      throw refuse('LIMIT_EXCEEDED', '102', `Segment de plus de ${LIMITS.fields} champs.`, `${segment.name}^1`);
    }
    const found = bytes.indexOf(fieldSeparator, start);
    const end = found < 0 ? bytes.length : found;
    if (end - start > LIMITS.repetitions && !(segment.name === 'OBX' && field === 5 && segment.value(2) === 'ED')) {
      const location = `${segment.name}^1^${field}`;
      if (end - start > LIMITS.fieldBytes) {
        throw refuse('LIMIT_EXCEEDED', '102', `Champ de plus de ${LIMITS.fieldBytes} octets.`, location);
      }
      if (occurrences(bytes.subarray(start, end), repetitionSeparator) >= LIMITS.repetitions) {
        throw refuse('LIMIT_EXCEEDED', '102', `Champ de plus de ${LIMITS.repetitions} répétitions.`, location);
      }
    }
    start = end + 1;
  }
}

function occurrences(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}

function requireCharset(name: string): NonNullable<ReturnType<typeof charsetNamed>> {
  const charset = charsetNamed(name);
  if (charset === undefined) throw new TypeError(`unknown character set ${name}`);
  return charset;
}
