import { PfiError } from '@pfi/health';
import type { ClientCertificate } from '@pfi/platform-mllp';
import type { Ght, Source } from '@pfi/platform-settings';

/** What the header says of who sends. */
export interface SenderHeader {
  /** MSH-3.1 and MSH-4.1 */
  readonly application: string;
  readonly facility: string;
  /** MSH-11.1 */
  readonly processingId: string;
  /** MSH-9.1 */
  readonly messageType: string;
}

/** A sender that the GHT file does not let in; `hl7Code` is the ERR-3 of the answer (HL7 table 0357). */
export class SourceRefused extends PfiError {
  constructor(
    readonly hl7Code: '200' | '202' | '207',
    code: 'SOURCE_NOT_ALLOWED' | 'PROCESSING_ID_UNSUPPORTED' | 'MESSAGE_TYPE_UNSUPPORTED',
    textFr: string,
    location: string,
  ) {
    super(code, 'forbidden', textFr, { location });
  }
}

/**
 * The source behind a header, if it may send this on this connection. Raises SOURCE_NOT_ALLOWED (unknown application or
 * facility, client certificate of somebody else), MESSAGE_TYPE_UNSUPPORTED, PROCESSING_ID_UNSUPPORTED.
 */
export function admitSource(ght: Ght, header: SenderHeader, certificate: ClientCertificate | undefined): Source {
  const source = ght.sourceOf(header.application, header.facility);
  if (!source)
    throw new SourceRefused(
      '207',
      'SOURCE_NOT_ALLOWED',
      'Application émettrice inconnue : déclarer MSH-3 et MSH-4 dans le fichier du GHT.',
      'MSH^1^3',
    );
  const { clientCertificates } = source;
  if (clientCertificates.length > 0 && !clientCertificates.includes(certificate?.fingerprint256 ?? ''))
    throw new SourceRefused(
      '207',
      'SOURCE_NOT_ALLOWED',
      'Le certificat présenté n’est pas celui de cette application : vérifier le certificat client.',
      'MSH^1^4',
    );
  if (!source.messages.some((type) => type === header.messageType))
    throw new SourceRefused(
      '200',
      'MESSAGE_TYPE_UNSUPPORTED',
      'Ce type de message n’est pas attendu de cette application : vérifier le paramétrage de l’émetteur.',
      'MSH^1^9',
    );
  if (!source.processingIds.some((id) => id === header.processingId))
    throw new SourceRefused(
      '202',
      'PROCESSING_ID_UNSUPPORTED',
      'Mode de traitement (MSH-11) non accepté pour cette application sur cette plateforme.',
      'MSH^1^11',
    );
  return source;
}
