import { PfiError } from '@pfi/health';
import { Hl7Fault, type Hl7ErrorCode } from '@pfi/hl7v2';
import { CdaFault } from '@pfi/cda';
import { SourceRefused } from '@pfi/platform-intake';

/** Why a message is refused, as the sender and the list of rejects are told. */
export interface Refusal {
  readonly hl7Code: Hl7ErrorCode;
  readonly code: string;
  readonly textFr: string;
  readonly location?: string;
}

/** A refusal that the platform itself pronounces. */
export class MessageRefused extends PfiError {
  constructor(
    readonly hl7Code: Hl7ErrorCode,
    code: string,
    textFr: string,
    location?: string,
  ) {
    super(code, 'invalid', textFr, location === undefined ? {} : { location });
  }
}

/** The refusal behind an error; undefined when the error says nothing of the message (a fault of ours). */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Hl7Fault) return withLocation(error, error.hl7Code, error.location);
  if (error instanceof SourceRefused) return withLocation(error, error.hl7Code, error.location);
  if (error instanceof MessageRefused) return withLocation(error, error.hl7Code, error.location);
  if (error instanceof CdaFault) return withLocation(error, '102', undefined);
  return undefined;
}

const withLocation = (
  error: { readonly code: string; readonly textFr: string },
  hl7Code: Hl7ErrorCode,
  location: string | undefined,
): Refusal => ({ hl7Code, code: error.code, textFr: error.textFr, ...(location ? { location } : {}) });

/** A fault of ours: the sender must not resend for ever. */
export const INTERNAL_ERROR: Refusal = {
  hl7Code: '207',
  code: 'INTERNAL_ERROR',
  textFr: 'La plateforme n’a pas pu traiter ce document ; il est conservé dans les rejets : prévenir l’exploitant.',
};
