import type { ClientCertificate } from '@pfi/platform-mllp';
import type { Ght, Source } from '@pfi/platform-settings';
import { MessageRefused } from './message-refused.js';

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

const refuse = (hl7Code: '200' | '202' | '207', code: string, textFr: string, location: string): MessageRefused =>
  new MessageRefused(hl7Code, code, textFr, location, 'forbidden');

/**
 * The source behind a header, if it may send this on this connection. Raises SOURCE_NOT_ALLOWED (unknown application or
 * facility, client certificate of somebody else), MESSAGE_TYPE_UNSUPPORTED, PROCESSING_ID_UNSUPPORTED.
 */
export function admitSource(ght: Ght, header: SenderHeader, certificate: ClientCertificate | undefined): Source {
  const source = ght.sourceOf(header.application, header.facility);
  if (!source)
    throw refuse(
      '207',
      'SOURCE_NOT_ALLOWED',
      'Application émettrice inconnue : déclarer MSH-3 et MSH-4 dans le fichier du GHT.',
      'MSH^1^3',
    );
  const { clientCertificates } = source;
  if (clientCertificates.length > 0 && !clientCertificates.includes(certificate?.fingerprint256 ?? ''))
    throw refuse(
      '207',
      'SOURCE_NOT_ALLOWED',
      'Le certificat présenté n’est pas celui de cette application : vérifier le certificat client.',
      'MSH^1^4',
    );
  if (!source.messages.some((type) => type === header.messageType))
    throw refuse(
      '200',
      'MESSAGE_TYPE_UNSUPPORTED',
      'Ce type de message n’est pas attendu de cette application : vérifier le paramétrage de l’émetteur.',
      'MSH^1^9',
    );
  if (!source.processingIds.some((id) => id === header.processingId))
    throw refuse(
      '202',
      'PROCESSING_ID_UNSUPPORTED',
      'Mode de traitement (MSH-11) non accepté pour cette application sur cette plateforme.',
      'MSH^1^11',
    );
  return source;
}
