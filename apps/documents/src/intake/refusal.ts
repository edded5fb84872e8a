import { CdaFault } from '@pfi/cda';
import type { AckError } from '@pfi/hl7v2';
import { refusalOf } from '@pfi/platform-intake';

/** A document that its codec refuses: a data type error of the message that carries it. */
export const refusalOfCda = (error: unknown): AckError | undefined =>
  error instanceof CdaFault ? { hl7Code: '102', code: error.code, textFr: error.textFr } : undefined;

/** What the sender is told of an error, whichever door it came through; undefined for a fault of ours. */
export const refusalOfDocument = (error: unknown): AckError | undefined => refusalOf(error) ?? refusalOfCda(error);
