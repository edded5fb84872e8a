import { DomainError, type ErrorKind } from '@pfi/health';
import type { MessageHeader } from './header.js';

/** HL7 table 0357, the codes of ERR-3. */
export type Hl7ErrorCode = '100' | '101' | '102' | '103' | '200' | '201' | '202' | '203' | '207';

/** Codes that this codec raises; applications add their own (`SOURCE_NOT_ALLOWED`…). */
export const hl7FaultCodes = [
  'HL7_MALFORMED',
  'CHARSET_MISMATCH',
  'REQUIRED_FIELD',
  'LIMIT_EXCEEDED',
  'BASE64_INVALID',
  'DOCUMENT_TOO_LARGE',
  'MULTIPLE_DOCUMENTS',
  'MULTIPLE_PATIENTS',
  'INS_INVALID',
  'EVENT_INCOHERENT',
  'MESSAGE_TYPE_UNSUPPORTED',
  'EVENT_UNSUPPORTED',
  'PROCESSING_ID_UNSUPPORTED',
  'VERSION_UNSUPPORTED',
] as const;

export type Hl7FaultCode = (typeof hl7FaultCodes)[number] | (string & {});

export interface Hl7FaultOptions {
  cause?: unknown;
  /** ERR-2: `SEGMENT^sequence^field`, for example `PID^1^3`. */
  location?: string;
  /** What could be read of the header, so that the refusal can be addressed. */
  header?: Partial<MessageHeader>;
}

/** A message that is refused for good: answered `AE` with ERR. */
export class Hl7Fault extends DomainError {
  override readonly name = 'Hl7Fault';
  readonly kind: ErrorKind = 'invalid';
  readonly location: string | undefined;
  readonly header: Partial<MessageHeader> | undefined;

  constructor(
    readonly code: Hl7FaultCode,
    readonly hl7Code: Hl7ErrorCode,
    readonly textFr: string,
    options: Hl7FaultOptions = {},
  ) {
    super(`${code}: ${textFr}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.location = options.location;
    this.header = options.header;
  }
}
