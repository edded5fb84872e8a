/** Labels (JDV_J07) of the types that a hospital sends most; others are shown by their code. */
const labels: Readonly<Record<string, string>> = {
  '11490-0': 'Lettre de liaison à la sortie',
  '34112-3': 'Compte rendu hospitalier',
  '57833-6': 'Prescription de produits de santé',
  '34874-8': 'Compte rendu opératoire',
  '11502-2': 'Compte rendu de biologie',
  '18748-4': 'Compte rendu d’imagerie',
  '18761-7': 'Note de transfert',
  '34133-9': 'Synthèse d’épisode de soins',
  '60568-3': 'Compte rendu d’anatomopathologie',
  '77436-4': 'Compte rendu d’anesthésie',
  '11488-4': 'Compte rendu de consultation',
  '15507-7': 'Compte rendu de passage aux urgences',
  '51851-4': 'Document administratif',
};

export const documentType = (code: string): string => labels[code] ?? code;
