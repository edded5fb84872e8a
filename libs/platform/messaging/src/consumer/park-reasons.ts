import { DomainError } from '@pfi/health';
import { MessagingError } from '../errors.js';

/** Why an event is parked: a stable code and a sentence that says what to do. */
export interface ParkReason {
  readonly code: string;
  readonly textFr: string;
}

export const schemaInvalid = (type: string, problems: string): ParkReason => ({
  code: 'SCHEMA_INVALID',
  textFr: `L’événement ${type} ne respecte pas son contrat (${problems}). Corriger ou mettre à jour le service émetteur, puis rejouer.`,
});

export const blockedByParked: ParkReason = {
  code: 'BLOCKED_BY_PARKED',
  textFr:
    'Un événement antérieur du même dossier est en attente de traitement manuel. Rejouer cet événement antérieur : celui-ci suivra.',
};

export const sequenceGap: ParkReason = {
  code: 'SEQUENCE_GAP',
  textFr:
    'Un événement antérieur du même dossier n’est jamais arrivé. Republier l’état depuis le service émetteur, ou rejouer pour continuer sans lui.',
};

export const envelopeInvalid = (wrong: readonly string[]): ParkReason => ({
  code: 'ENVELOPE_INVALID',
  textFr: `En-têtes absents ou illisibles : ${wrong.join(', ')}. Corriger le service émetteur et republier.`,
});

export const ownerUnknown: ParkReason = {
  code: 'OWNER_UNKNOWN',
  textFr:
    'Le propriétaire de cet événement est inconnu de ce service. Vérifier le fichier du GHT, redémarrer le service, puis republier l’état depuis le service émetteur.',
};

/** Errors that the domain foresees speak for themselves; the message of any other may hold data and is not kept. */
export function failureOf(error: unknown): ParkReason {
  if (error instanceof DomainError) return { code: error.code, textFr: error.textFr };
  return {
    code: 'HANDLER_FAILED',
    textFr:
      'Le traitement de cet événement a échoué sur une erreur imprévue. Consulter le journal du service, corriger, puis rejouer.',
  };
}

export const handlerTimeout = (limitMs: number): MessagingError =>
  new MessagingError(
    'HANDLER_TIMEOUT',
    `Le traitement a dépassé ${limitMs} ms. Vérifier la charge de la base de données, puis rejouer.`,
  );
