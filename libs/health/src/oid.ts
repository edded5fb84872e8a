import { PfiError } from './domain-error.js';

const OID = /^(?:[01]\.(?:[0-9]|[1-3][0-9])|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))*$/;
const UUID = /^(?:urn:uuid:)?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/i;
const MAX_LENGTH = 128;

export function isOid(text: string): boolean {
  return text.length <= MAX_LENGTH && OID.test(text);
}

/** @throws PfiError OID_INVALID */
export function parseOid(text: string): string {
  const value = text.trim().replace(/^urn:oid:/i, '');
  if (!isOid(value)) {
    throw new PfiError(
      'OID_INVALID',
      'invalid',
      'OID invalide : attendu des nombres séparés par des points, sans zéro en tête.',
    );
  }
  return value;
}

/**
 * OID under the UUID arc (ITU-T X.667): `2.25.` and the UUID as a decimal integer.
 * @throws PfiError UUID_INVALID
 */
export function uuidToOid(uuid: string): string {
  const match = UUID.exec(uuid);
  if (!match)
    throw new PfiError('UUID_INVALID', 'invalid', 'UUID invalide : attendu la forme 8-4-4-4-12 en hexadécimal.');
  return `2.25.${BigInt(`0x${match.slice(1).join('')}`).toString(10)}`;
}
