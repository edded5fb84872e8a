/** What a person of the identity cell must look at: a stable code and what to do. */
export const TASKS = {
  INS_INVALID: 'L’INS reçu est invalide et a été ignoré : vérifier l’identité dans la GAM, puis la renvoyer.',
  INS_CONFLICT:
    'L’INS reçu est déjà celui d’une autre identité dont les traits diffèrent ; il a été ignoré : vérifier les deux identités dans la GAM.',
  INS_DUPLICATE: 'Deux identités portent le même INS qualifié : vérifier le doublon et le fusionner dans la GAM.',
  IDENTITY_REVIEW:
    'Fusion non appliquée : une des identités est qualifiée ou porte un autre INS, ou a déjà été fusionnée ailleurs. Vérifier et corriger dans la GAM, puis renvoyer la fusion.',
  RETIRED_IDENTITY_DIFFERS:
    'Un message cite une identité fusionnée avec des traits différents de ceux de l’identité conservée ; ces traits ont été ignorés : vérifier la fusion.',
  IDENTIFIERS_CONFLICT:
    'Un message porte des identifiants de plusieurs patients ; seul le premier a été pris en compte : vérifier le doublon et le fusionner dans la GAM.',
  VOUCH_CONFLICT:
    'Un document atteste une identité qualifiée qui ne correspond pas à celle connue ici : comparer les traits et l’INS avec l’émetteur du document.',
  UNIT_UNKNOWN:
    'Unité inconnue du fichier du GHT : le séjour est rattaché à l’établissement par défaut de la source. Déclarer l’unité.',
  STAY_NUMBER_MISSING:
    'Mouvement sans numéro de séjour (PV1-19 ni PID-18) : il n’est rattaché à aucun séjour. Corriger la GAM.',
  STAY_PATIENT_CONFLICT:
    'Un mouvement cite un séjour d’un autre patient ; il n’a pas été appliqué : vérifier le numéro de séjour dans la GAM.',
  INSI_NOT_FOUND:
    'Le téléservice INSi ne trouve aucune identité avec ces traits : vérifier les traits sur la pièce d’identité, puis les corriger dans la GAM.',
  INSI_AMBIGUOUS:
    'Le téléservice INSi trouve plusieurs identités avec ces traits : compléter les prénoms et le lieu de naissance dans la GAM.',
  INSI_TRAITS_DIFFER:
    'L’identité trouvée par le téléservice INSi diffère de celle connue ici ; son INS n’a pas été pris : comparer les traits et corriger la GAM.',
  INSI_PROPOSAL:
    'Le téléservice INSi propose une INS pour cette identité : la vérifier et la saisir dans la GAM, qui reste maîtresse de l’identité.',
  INSI_UNAVAILABLE:
    'Le téléservice INSi n’a pas répondu dans le délai pour cette identité : vérifier le raccordement ; la prochaine modification de l’identité relancera la recherche.',
} as const;

export type TaskCode = keyof typeof TASKS;
