import type { KnownIdentity } from '@pfi/documents-core';
import { identifierKey, insKey, type PatientKey } from '../persistence/identity-read-model.js';
import type { DeclaredPatient } from './records.js';

/** Every key under which a document's patient may be known in its identity domain. */
export const patientKeys = (domain: string, declared: DeclaredPatient): PatientKey[] => [
  ...declared.identifiers.map((identifier) => ({ domain, key: identifierKey(identifier.authority, identifier.value) })),
  ...(declared.ins ? [{ domain, key: insKey(declared.ins) }] : []),
];

/** The one patient that the keys name. Local identifiers decide; two patients behind them are nobody. */
export function onePatient(
  keys: readonly PatientKey[],
  found: ReadonlyMap<string, KnownIdentity>,
): KnownIdentity | null {
  const of = (prefix: string) =>
    new Map(
      keys
        .filter(({ key }) => key.startsWith(prefix))
        .flatMap(({ domain, key }) => found.get(`${domain}\u0000${key}`) ?? [])
        .map((identity) => [identity.patientId, identity]),
    );
  const local = of('id|');
  const candidates = local.size > 0 ? local : of('ins|');
  return candidates.size === 1 ? ([...candidates.values()][0] ?? null) : null;
}
