import { DomainError } from '@pfi/health';

export type XdsFaultCode =
  | 'XML_DTD_FORBIDDEN'
  | 'XML_LIMIT'
  | 'XDS_MALFORMED'
  | 'XDS_METADATA_INVALID'
  | 'XDS_DOCUMENT_MISSING'
  | 'XDS_DOCUMENT_METADATA_MISSING'
  | 'SIGNATURE_INVALID'
  | 'ASSERTION_INVALID'
  | 'ASSERTION_EXPIRED'
  | 'ASSERTION_NOT_YET_VALID'
  | 'CERTIFICATE_UNTRUSTED';

/** What is wrong with a SOAP message, its metadata or its assertion. `location` names the element or attribute. */
export class XdsFault extends DomainError {
  override readonly name = 'XdsFault';
  readonly kind = 'invalid';
  readonly location: string | undefined;

  constructor(
    readonly code: XdsFaultCode,
    readonly textFr: string,
    options: { cause?: unknown; location?: string } = {},
  ) {
    super(`${code}: ${textFr}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.location = options.location;
  }
}
