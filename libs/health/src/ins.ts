import { PfiError } from './domain-error.js';

/** Identité nationale de santé: 15-character matricule (13 + key) and the OID of its assigning authority. */
export interface Ins {
  readonly matricule: string;
  readonly oid: string;
}

export const INS_OID = {
  nir: '1.2.250.1.213.1.4.8',
  nia: '1.2.250.1.213.1.4.9',
  nirTest: '1.2.250.1.213.1.4.10',
  nirDemo: '1.2.250.1.213.1.4.11',
} as const;

export type InsEnvironment = 'trial' | 'qualification' | 'production';

const PRODUCTION_OIDS: readonly string[] = [INS_OID.nir, INS_OID.nia];
const ALL_OIDS: readonly string[] = Object.values(INS_OID);

// One letter at most, in seventh place, and only after a 2: the two departments of Corsica.
const MATRICULE = /^(?:\d{7}|\d{5}2[AB])\d{8}$/;
const NIR13 = /^(?:\d{7}|\d{5}2[AB])\d{6}$/;

export function isInsOid(oid: string): boolean {
  return ALL_OIDS.includes(oid);
}

/** OIDs that an environment accepts: test and demonstration identities never enter production. */
export function acceptedInsOids(environment: InsEnvironment): readonly string[] {
  return environment === 'production' ? PRODUCTION_OIDS : ALL_OIDS;
}

/**
 * Two-digit key of the first 13 characters: 97 − (N mod 97), 2A counting as 19 and 2B as 18.
 * @throws PfiError INS_INVALID when the 13 characters have not the shape of a NIR or NIA
 */
export function insKey(nir13: string): string {
  const upper = nir13.toUpperCase();
  if (!NIR13.test(upper)) throw invalidIns('les 13 premiers caractères du matricule n’ont pas la forme attendue');
  const digits = upper.replace('2A', '19').replace('2B', '18');
  return String(97 - (Number(digits) % 97)).padStart(2, '0');
}

/**
 * @param matricule 15 characters, key included; outer spaces are ignored
 * @throws PfiError INS_INVALID on a wrong shape, a wrong key or an OID that is not one of an INS
 */
export function parseIns(matricule: string, oid: string): Ins {
  const value = matricule.trim().toUpperCase();
  const authority = oid.trim();
  if (!isInsOid(authority)) throw invalidIns('l’OID de l’autorité d’affectation n’est pas celui d’un INS');
  if (!MATRICULE.test(value)) throw invalidIns('le matricule doit compter 15 caractères, clé comprise');
  if (insKey(value.slice(0, 13)) !== value.slice(13)) throw invalidIns('la clé du matricule est fausse');
  return Object.freeze({ matricule: value, oid: authority });
}

function invalidIns(reason: string): PfiError {
  return new PfiError(
    'INS_INVALID',
    'invalid',
    `INS invalide : ${reason}. Vérifiez l’identité dans l’application émettrice.`,
  );
}
