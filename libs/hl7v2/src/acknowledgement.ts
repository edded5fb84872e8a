import { charsetNamed } from './charset.js';
import type { MessageHeader } from './header.js';
import type { Hl7ErrorCode } from './hl7-fault.errors.js';
import { parseMessage } from './parse-message.js';
import { type HeaderSpec, composite, header, message, segment } from './segment-writer.js';

/** MSA-1: accepted; refused for good; refused for now. */
export type AckCode = 'AA' | 'AE' | 'AR';

export interface AckError {
  /** ERR-3, HL7 table 0357. */
  hl7Code: Hl7ErrorCode;
  /** ERR-5.1, our stable code. */
  code: string;
  /** ERR-5.2 and ERR-8. */
  textFr: string;
  /** ERR-2: `SEGMENT^sequence^field`. */
  location?: string | undefined;
}

export interface AckSpec {
  /** Header of the message answered, or what could be read of it. */
  request: Partial<MessageHeader> | undefined;
  code: AckCode;
  /** MSH-10 of the acknowledgement. */
  controlId: string;
  at: Date;
  error?: AckError;
}

export interface Ack {
  code: AckCode;
  /** MSA-2: MSH-10 of the message answered. */
  controlId: string;
  /** MSH-10 of the acknowledgement itself. */
  ackControlId: string;
  /** First ERR. */
  error?: AckError;
}

/** HL7 table 0357. */
const LABELS: Readonly<Record<Hl7ErrorCode, string>> = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '207': 'Application internal error',
};

/** ACK of HL7 original mode: MSH with both sides swapped, MSA, and ERR when there is an error. */
export function buildAck(spec: AckSpec): Buffer {
  const request = spec.request ?? {};
  const charset = charsetNamed(request.charset ?? '')?.name;
  const addressed: HeaderSpec = {
    application: request.receivingApplication || 'PFI',
    facility: request.receivingFacility || 'PFI',
    receivingApplication: request.application ?? '',
    receivingFacility: request.facility ?? '',
    at: spec.at,
    controlId: spec.controlId,
    processingId: request.processingId || 'P',
    ...(charset === undefined ? {} : { charset }),
  };
  const segments = [
    header(addressed, {
      type: ['ACK', request.event ?? '', 'ACK'],
      version: request.nationalVersion
        ? [request.version ?? '', 'FRA', request.nationalVersion]
        : [request.version || '2.5'],
      ...(request.profile ? { profile: request.profile } : {}),
    }),
    segment('MSA', { 1: spec.code, 2: request.controlId }),
  ];
  if (spec.error !== undefined) segments.push(errorSegment(spec.error));
  return message(segments, charset);
}

function errorSegment(error: AckError): string {
  return segment('ERR', {
    2: error.location === undefined ? undefined : composite(...error.location.split('^')),
    3: composite(error.hl7Code, LABELS[error.hl7Code], 'messageErrorCondition'),
    4: 'E',
    5: composite(error.code, error.textFr, 'PFI'),
    8: error.textFr,
  });
}

/**
 * Reads an acknowledgement.
 * @throws Hl7Fault HL7_MALFORMED, CHARSET_MISMATCH, REQUIRED_FIELD, MESSAGE_TYPE_UNSUPPORTED
 */
export function readAck(bytes: Buffer): Ack {
  const parsed = parseMessage(bytes);
  if (parsed.header.messageType !== 'ACK') {
    throw parsed.fault('MESSAGE_TYPE_UNSUPPORTED', '200', 'Réponse inattendue : un ACK est attendu.', 'MSH^1^9');
  }
  const msa = parsed.required('MSA');
  const code = ackCode(msa.value(1));
  if (code === undefined) throw parsed.missing('MSA^1^1', 'MSA-1 ne vaut ni AA, ni AE, ni AR');
  const controlId = msa.value(2);
  if (controlId === '') throw parsed.missing('MSA^1^2', 'MSA-2 (message acquitté) est vide');
  const ack: Ack = { code, controlId, ackControlId: parsed.header.controlId };
  const err = parsed.segment('ERR');
  if (err !== undefined) {
    const location = err.first(2);
    const place = [1, 2, 3].map((part) => location.component(part)).join('^');
    ack.error = {
      hl7Code: knownErrorCode(err.value(3)),
      code: err.value(5),
      textFr: err.value(8) || err.value(5, 2) || err.value(3, 2),
      ...(place === '^^' ? {} : { location: place.replace(/\^+$/, '') }),
    };
  }
  return ack;
}

/** Enhanced-mode answers (CA, CE, CR) are read as their original-mode equals. */
function ackCode(text: string): AckCode | undefined {
  const code = text.replace(/^C/, 'A');
  return code === 'AA' || code === 'AE' || code === 'AR' ? code : undefined;
}

function knownErrorCode(text: string): Hl7ErrorCode {
  return Object.hasOwn(LABELS, text) ? (text as Hl7ErrorCode) : '207';
}
