import { DomainError } from '@pfi/health';

export type XdmFaultCode = 'ZIP_UNSAFE_ENTRY' | 'ZIP_LIMIT' | 'XDM_INVALID' | 'XDM_HASH_MISMATCH';

/** An archive that may not be opened, or that is no IHE XDM. */
export class XdmFault extends DomainError {
  override readonly name = 'XdmFault';
  readonly kind = 'invalid';

  constructor(
    readonly code: XdmFaultCode,
    readonly textFr: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`${code}: ${textFr}`, options.cause === undefined ? undefined : { cause: options.cause });
  }
}
