import type { IndicatorDefinition } from './definition.js';

/** A reason with its French sentence, for an operator. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

const texts = {
  FED: 'Servi : {expected}, sans retrait depuis.',
  CLASS_NOT_COUNTED: 'Venue hors champ : sa classe (PV1-2 = {detail}) n’est pas un séjour compté.',
  TEST_PATIENT: 'Identité fictive (PID-32 = FICT) : jamais comptée.',
  DECEASED: 'Patient décédé pendant le séjour.',
  NEWBORN: 'Nouveau-né sorti avant {detail} jours : exclu par réglage.',
  SEANCE: 'Séance : exclue par réglage.',
  SEANCE_GROUPED: 'Séance comptée avec les autres séances du mois de ce patient.',
  DOCUMENT_NOT_PRODUCED: 'Aucun document attendu ({expected}) n’a été produit : séjour hors du dénominateur choisi.',
  NO_QUALIFIED_INS: 'L’INS du patient n’est pas qualifiée : qualifier l’identité dans la GAM.',
  DMP_OPPOSED: 'Le patient s’est opposé à l’alimentation de son DMP.',
  DMP_CLOSED: 'Le DMP du patient est fermé ou n’existe pas ({detail}).',
  NO_PATIENT_ADDRESS: 'La messagerie citoyenne du patient n’est pas utilisable ({detail}).',
  FED_TOO_LATE: 'Servi après le délai de {detail} jours suivant la sortie.',
  DOCUMENT_WITHDRAWN: 'Le document a été retiré du DMP et n’a pas été remplacé.',
  DOCUMENT_REFUSED: 'Refus du destinataire ({detail}) : voir le document.',
  DOCUMENT_PARKED: 'L’envoi attend une personne ({detail}) : voir les envois à traiter.',
  DOCUMENT_CANCELLED: 'L’envoi a été annulé ({detail}).',
  DOCUMENT_HELD: 'Le document est retenu ({detail}) : il partira quand la cause sera levée.',
  DOCUMENT_PENDING: 'L’envoi est en cours.',
  NOT_ASKED: 'Le document a été reçu, sans demande d’envoi par ce canal.',
  NO_DOCUMENT: 'Attendu : {expected}. Rien n’a été reçu pour ce séjour : vérifier le DPI et le numéro de séjour.',
} as const;

export type ReasonCode = keyof typeof texts;

export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(texts, code);

export const reasonOf = (
  code: ReasonCode,
  { expected }: Pick<IndicatorDefinition, 'expected'>,
  detail: string | null,
): Reason => ({
  code,
  text: texts[code].replace('{expected}', expected).replace('{detail}', detail ?? 'sans précision'),
});
