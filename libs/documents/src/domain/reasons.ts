/** Why a delivery is where it is: a stable code and a French sentence that tells an operator what to do. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

const texts = {
  CHANNEL_DISABLED: 'Le canal n’est pas encore raccordé sur cette plateforme ; l’envoi partira dès son activation.',
  NOT_REQUESTED: 'Envoi non demandé par l’application émettrice.',
  TYPE_NOT_ACCEPTED_BY_DMP: 'Ce type de document n’est pas accepté par le DMP (JDV_J66).',
  DMP_OPPOSITION: 'Le patient s’oppose à l’alimentation de son DMP.',
  DMP_CONSENT_UNKNOWN: 'L’opposition du patient à l’alimentation du DMP n’a pas été recueillie : compléter la GAM.',
  HIDDEN_FROM_PATIENT: 'Document non visible par le patient : aucun envoi vers sa messagerie.',
  HIDDEN_FROM_REPRESENTATIVES:
    'Document non visible par les représentants légaux d’un patient mineur : ils peuvent ouvrir sa messagerie, aucun envoi.',
  HIDDEN_FROM_PROFESSIONALS: 'Document masqué aux professionnels : aucun envoi vers leurs messageries.',
  TYPE_NOT_FOR_PATIENT: 'Ce type de document n’est pas destiné au patient (fichier du GHT).',
  TYPE_NOT_FOR_PROFESSIONALS: 'Ce type de document n’est pas destiné aux professionnels (fichier du GHT).',
  PATIENT_FICTITIOUS: 'Patient fictif : aucun courriel vers une messagerie citoyenne en production.',
  RECIPIENT_MISSING: 'Aucun destinataire MSSanté dans le message : compléter l’adresse.',
  RECIPIENT_UNTRUSTED:
    'L’adresse du destinataire est hors de l’espace de confiance MSSanté : la corriger à la source et faire réémettre.',
  MAILBOX_MISSING:
    'L’entité juridique n’a pas de boîte MSSanté dans le fichier du GHT : la déclarer, l’envoi partira alors.',
  PATIENT_UNKNOWN: 'Patient inconnu dans le domaine d’identité : en attente de son identité (ADT).',
  IDENTITY_PENDING: 'Identité transmise avec le document : en attente de son enregistrement.',
  INS_NOT_QUALIFIED: 'INS non qualifiée : l’envoi partira dès que l’identité sera qualifiée.',
  INS_IN_DOCUMENT_NOT_QUALIFIED:
    'Le document porte une INS qui n’est pas qualifiée sur cette plateforme : il ne partira qu’une fois l’identité qualifiée.',
  INS_ABSENT_FROM_DOCUMENT:
    'Document à réémettre avec l’INS : le CDA n’en porte pas et la source n’autorise pas à le compléter.',
  INS_MISMATCH:
    'Le document ou son message porte une autre INS que celle du patient : vérifier l’identité avant toute action.',
  TRAITS_MISMATCH: 'Les traits du document diffèrent de ceux de l’identité qualifiée : vérifier l’identité.',
  DOCUMENT_ID_NOT_ACCEPTED: 'L’identifiant du document n’est pas un OID seul : le DMP le refuserait, à réémettre.',
  DOCUMENT_INCOMPLETE: 'L’en-tête du CDA ne permet pas le dépôt (élément obligatoire absent) : à réémettre complété.',
  LINEAGE_CONFLICT:
    'Le lien vers la version précédente contredit l’identifiant de série : vérifier auprès de l’émetteur, puis abandonner et faire réémettre.',
  ARTEFACT_NOT_MADE:
    'La forme à envoyer n’a pas pu être produite : vérifier le document, puis rejouer ou faire réémettre.',
  PREVIOUS_VERSION_IN_PROGRESS:
    'La version précédente est en cours d’envoi : celle-ci partira dès que son sort sera connu.',
  PREVIOUS_VERSION_PARKED:
    'La version précédente est mise de côté alors qu’elle est peut-être partie : la rejouer ou l’abandonner pour débloquer celle-ci.',
  NEXT_VERSION_IN_PROGRESS: 'La version suivante est en cours d’envoi : le retrait attend de connaître son sort.',
  NEXT_VERSION_PARKED:
    'La version suivante est mise de côté et a peut-être été reçue : la rejouer ou l’abandonner pour que le retrait suive.',
  SUPERSEDED: 'Remplacé par une version plus récente avant d’être parti.',
  REPLACED_SINCE: 'Une version plus récente a pris la place de ce document : rien à retirer.',
  NOTHING_TO_WITHDRAW: 'Ce document n’est pas parti vers ce destinataire : rien à retirer.',
  VISIBILITY_CHANGE_ONLY: 'Le message ne change que la visibilité dans le DMP : le destinataire a déjà le document.',
  ABANDONED: 'Envoi abandonné par un opérateur.',
  WITHDRAWN: 'Document retiré.',
} as const;

export type ReasonCode = keyof typeof texts;

export const reason = (code: ReasonCode, detail?: string): Reason => ({
  code,
  text: detail === undefined ? texts[code] : `${texts[code]} (${detail})`,
});
