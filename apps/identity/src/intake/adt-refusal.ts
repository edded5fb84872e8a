import { PfiError } from '@pfi/health';
import { Hl7Fault, type AckError, type Hl7ErrorCode } from '@pfi/hl7v2';
import { SourceRefused } from '@pfi/platform-intake';

/** A refusal of an ADT that neither the codec nor the admission of its source pronounces. */
export class AdtRefused extends PfiError {
  constructor(
    readonly hl7Code: Hl7ErrorCode,
    code: 'SOURCE_NOT_ALLOWED' | 'REQUIRED_FIELD' | 'MERGE_CYCLE' | 'INTERNAL_ERROR',
    textFr: string,
    location: string,
  ) {
    super(code, 'invalid', textFr, { location });
  }
}

/** What the sender is told of an error; undefined when it says nothing of the message (a fault of ours). */
export function refusalOf(error: unknown): AckError | undefined {
  if (!(error instanceof Hl7Fault || error instanceof SourceRefused || error instanceof AdtRefused)) return undefined;
  const { hl7Code, code, textFr, location } = error;
  return { hl7Code, code, textFr, ...(location ? { location } : {}) };
}
