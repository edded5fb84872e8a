import { randomUUID } from 'node:crypto';
import { uuidToOid } from '@pfi/health';
import type { Ght } from './ght.js';

const STRUCTURES = '1.2.250.1.71.4.2.2';

/** A new OID of a legal entity: under its root when it has one, else `2.25.<uuid>` (design D11). At most 64 characters. */
export function newOid(ght: Ght, legalEntity: string): string {
  const uuid = randomUUID();
  const root = ght.legalEntity(legalEntity)?.oidRoot;
  const generated = root && `${root}.${BigInt(`0x${uuid.replaceAll('-', '').slice(0, 24)}`)}`;
  return generated && generated.length <= 64 ? generated : uuidToOid(uuid);
}

/** XDSSubmissionSet.sourceId: the legal entity itself. */
export function sourceIdOf(ght: Ght, legalEntity: string): string {
  const root = ght.legalEntity(legalEntity)?.oidRoot;
  if (root) return root;
  // FINESS of Corsica hold a letter, which no OID may.
  return /^\d+$/.test(legalEntity) ? `${STRUCTURES}.1${legalEntity}` : STRUCTURES;
}
