import { DomainError } from '@pfi/health';
import type { ErrorKind } from '@pfi/health';

export type CdaFaultCode = 'XML_DTD_FORBIDDEN' | 'XML_LIMIT' | 'CDA_INVALID' | 'INS_MISMATCH' | 'CDA_INPUT_INVALID';

/** Refusal of a document or of the data to build one. `textFr` names no patient and quotes no content. */
export class CdaFault extends DomainError {
  override readonly code: CdaFaultCode;
  override readonly kind: ErrorKind = 'invalid';
  override readonly textFr: string;

  constructor(code: CdaFaultCode, textFr: string, options?: { cause?: unknown }) {
    super(`${code}: ${textFr}`, options);
    this.name = 'CdaFault';
    this.code = code;
    this.textFr = textFr;
  }
}
