export type ErrorKind = 'invalid' | 'not-found' | 'conflict' | 'forbidden' | 'unavailable';

/** An error that the domain foresees. Anything else that is thrown is a bug. */
export abstract class DomainError extends Error {
  /** Stable UPPER_SNAKE code. */
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;
  /** French, for an operator: what is wrong and what to do. Never holds a trait, an INS or clinical text. */
  abstract readonly textFr: string;
}

export interface PfiErrorOptions {
  cause?: unknown;
  /** Where in the input (a JSON pointer, an HL7 location…). */
  location?: string;
}

/** General-purpose concrete error. */
export class PfiError extends DomainError {
  override readonly name = 'PfiError';
  readonly location: string | undefined;

  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    readonly textFr: string,
    options: PfiErrorOptions = {},
  ) {
    super(`${code}: ${textFr}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.location = options.location;
  }
}
