import { PfiError, type ErrorKind } from '@pfi/health';
import { Hl7Fault, type AckError, type Hl7ErrorCode } from '@pfi/hl7v2';

/** A refusal that the platform pronounces itself, not the codec: `hl7Code` is the ERR-3 of the answer (HL7 table 0357). */
export class MessageRefused extends PfiError {
  constructor(
    readonly hl7Code: Hl7ErrorCode,
    code: string,
    textFr: string,
    location?: string,
    kind: ErrorKind = 'invalid',
  ) {
    super(code, kind, textFr, location === undefined ? {} : { location });
  }
}

/** What the sender is told of an error; undefined when it says nothing of the message (a fault of ours). */
export function refusalOf(error: unknown): AckError | undefined {
  if (!(error instanceof Hl7Fault || error instanceof MessageRefused)) return undefined;
  const { hl7Code, code, textFr, location } = error;
  return { hl7Code, code, textFr, ...(location ? { location } : {}) };
}
