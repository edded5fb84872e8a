import { DomainError } from '@pfi/health';

export type InsiFaultCode = 'INSI_MALFORMED' | 'XML_DTD_FORBIDDEN' | 'XML_LIMIT';

/** A SOAP message of the INSi service that cannot be read. */
export class InsiFault extends DomainError {
  override readonly name = 'InsiFault';
  readonly kind = 'invalid';

  constructor(
    readonly code: InsiFaultCode,
    readonly textFr: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`${code}: ${textFr}`, options.cause === undefined ? undefined : { cause: options.cause });
  }
}
