import { CdaFault } from './cda.fault.js';

export const malformed = (cause: string): CdaFault =>
  new CdaFault(
    'CDA_INVALID',
    `Le document n’est pas du XML bien formé : ${cause}. Faire corriger le logiciel émetteur.`,
  );
export const forbidden = (): CdaFault =>
  new CdaFault(
    'XML_DTD_FORBIDDEN',
    'Le document contient une DTD, une entité ou une inclusion externe, interdites. Faire corriger le logiciel émetteur.',
  );
export const tooMuch = (what: string): CdaFault =>
  new CdaFault('XML_LIMIT', `Le document dépasse une limite de sécurité : ${what}. Vérifier le logiciel émetteur.`);
