/** A colour with a meaning: the same everywhere in the console. */
export type Tone = 'good' | 'busy' | 'waiting' | 'alert' | 'bad' | 'quiet';

export interface Word {
  readonly label: string;
  readonly tone: Tone;
  readonly explained: string;
}

const word = (label: string, tone: Tone, explained: string): Word => ({ label, tone, explained });

export const documentStates = {
  held: word('En attente', 'waiting', 'Aucun envoi n’est encore parti : au moins un attend une condition.'),
  parked: word('Mis de côté', 'alert', 'Au moins un envoi attend la décision d’une personne.'),
  'in-delivery': word('En cours d’envoi', 'busy', 'Au moins un envoi est en cours ou attend encore.'),
  delivered: word('Remis', 'good', 'Tous les envois applicables ont abouti.'),
  'partly-delivered': word(
    'Remis en partie',
    'alert',
    'Certains envois ont abouti, d’autres ont été refusés ou annulés.',
  ),
  refused: word('Refusé', 'bad', 'Aucun envoi n’a abouti ; au moins un a été refusé par son destinataire.'),
  'not-sent': word('Sans envoi', 'quiet', 'Rien n’était à envoyer : c’est une fin normale.'),
  withdrawn: word('Retiré', 'quiet', 'Le document a été retiré par sa source ou par un opérateur.'),
  abandoned: word('Abandonné', 'quiet', 'Un opérateur a renoncé aux envois restants.'),
} as const satisfies Record<string, Word>;

export const deliveryStates = {
  held: word('En attente', 'waiting', 'L’envoi attend une condition ; il partira de lui-même.'),
  pending: word('En cours', 'busy', 'Une passerelle s’en occupe.'),
  sent: word('Expédié', 'busy', 'Accepté par l’opérateur de messagerie, sans avis de remise à ce jour.'),
  delivered: word('Remis', 'good', 'Déposé, ou avis de remise reçu.'),
  refused: word('Refusé', 'bad', 'Réponse définitive du destinataire.'),
  parked: word('Mis de côté', 'alert', 'Une personne doit décider.'),
  cancelled: word('Annulé', 'quiet', 'Remplacé, retiré, ou identité perdue depuis.'),
  'not-applicable': word('Non concerné', 'quiet', 'Non demandé, ou exclu par une règle.'),
} as const satisfies Record<string, Word>;

export const identityStatuses = {
  provisoire: word(
    'Provisoire',
    'alert',
    'Identité saisie sans pièce ni INS vérifiée : l’INS ne peut pas être utilisée.',
  ),
  recuperee: word('Récupérée', 'waiting', 'INS obtenue du téléservice, sans pièce d’identité contrôlée.'),
  validee: word('Validée', 'waiting', 'Pièce d’identité contrôlée, sans INS récupérée ou vérifiée.'),
  qualifiee: word('Qualifiée', 'good', 'INS vérifiée et pièce contrôlée : l’INS peut accompagner les documents.'),
} as const satisfies Record<string, Word>;

export const countedWords = {
  numerator: word('Servi', 'good', 'Compte au numérateur et au dénominateur.'),
  denominator: word('Non servi', 'bad', 'Compte au dénominateur seulement.'),
  excluded: word('Hors champ', 'quiet', 'Ne compte pas dans cette vue.'),
} as const satisfies Record<string, Word>;

export const countedDocumentWords: Readonly<Record<string, Word>> = {
  fed: word('Servi', 'good', 'Le destinataire l’a accepté.'),
  withdrawn: word('Retiré', 'quiet', 'Retiré depuis.'),
  replaced: word('Remplacé', 'quiet', 'Une version plus récente a pris sa place.'),
  refused: word('Refusé', 'bad', 'Refusé par le destinataire.'),
  parked: word('Mis de côté', 'alert', 'Une personne doit décider.'),
  cancelled: word('Annulé', 'quiet', 'Envoi annulé.'),
  held: word('En attente', 'waiting', 'Attend une condition.'),
  pending: word('En cours', 'busy', 'Envoi en cours.'),
  'not-asked': word('Non demandé', 'quiet', 'La source n’a pas demandé cet envoi.'),
};

export const circuitStates: Readonly<Record<string, Word>> = {
  closed: word('Disponible', 'good', 'Les échanges passent.'),
  'half-open': word('À l’essai', 'waiting', 'Un échange d’essai décidera de la reprise.'),
  open: word('Interrompu', 'bad', 'La destination ne répond plus : les envois attendent et reprendront d’eux-mêmes.'),
};

export const channels: Readonly<Record<string, string>> = {
  dmp: 'DMP',
  'mss-pro': 'MSSanté professionnel',
  'mss-patient': 'MSSanté patient',
};

export const forms: Readonly<Record<string, string>> = {
  'cda-n1': 'CDA niveau 1',
  'cda-n3': 'CDA niveau 3',
  pdf: 'PDF',
};

export const operations: Readonly<Record<string, string>> = {
  send: 'Envoi',
  replace: 'Remplacement',
  withdraw: 'Retrait',
};

export const roles: Readonly<Record<string, string>> = {
  reader: 'lecture',
  operator: 'exploitation',
  'identity-vigilance': 'identitovigilance',
  admin: 'administration',
};

/** A state that this version of the console does not know is shown as it came. */
export const wordOf = (words: Readonly<Record<string, Word>>, state: string): Word =>
  words[state] ?? word(state, 'quiet', '');

/** What the traces of services call a reading or an action. */
export const accessActions: Readonly<Record<string, string>> = {
  'document-search': 'Recherche de documents',
  'document-read': 'Lecture d’un document',
  'document-content': 'Lecture du contenu',
  'document-pdf': 'Affichage du document',
  'delivery-claim': 'Prise en charge d’un envoi',
  replay: 'Rejeu',
  abandon: 'Abandon',
  withdraw: 'Retrait',
  'patient-search': 'Recherche de patients',
  'patient-read': 'Lecture d’une identité',
  'patient-history': 'Historique d’une identité',
  'task-close': 'Clôture d’une tâche',
  'insi-proposal-read': 'Lecture d’une proposition INSi',
  'submission-read': 'Lecture d’un dépôt',
  'message-read': 'Lecture d’un courriel',
  'indicators-read': 'Lecture d’indicateurs',
};
