import { DomainError } from '@pfi/health';

const texts = {
  MLLP_CONNECT_FAILED:
    'Le destinataire HL7 n’accepte pas la connexion. Vérifiez son adresse, son port et son certificat.',
  MLLP_CONNECTION_LOST: 'Le destinataire HL7 a coupé la connexion avant de répondre. Le message sera renvoyé.',
  MLLP_ANSWER_TIMEOUT: 'Le destinataire HL7 n’a pas répondu dans le délai. Le message sera renvoyé.',
  MLLP_ANSWER_INVALID: 'Le destinataire HL7 a répondu hors du protocole MLLP. Signalez-le à son éditeur.',
  MLLP_CLIENT_CLOSED: 'L’envoi HL7 a été interrompu par l’arrêt du service. Le message sera renvoyé.',
} as const;

/** The receiver could not be reached or gave no usable answer; the outcome of the message is unknown. */
export class MllpUnavailable extends DomainError {
  readonly kind = 'unavailable';
  readonly textFr: string;

  constructor(
    readonly code: keyof typeof texts,
    cause?: unknown,
  ) {
    super(code, { cause });
    this.textFr = texts[code];
  }
}
