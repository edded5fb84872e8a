import type { Principal } from '@pfi/platform-http';
import type { Tx } from '@pfi/platform-postgres';
import { v7 as uuidV7 } from 'uuid';

/** Who reads or acts, as the trail names them. */
export type Reader = Pick<Principal, 'subject' | 'issuer' | 'machine' | 'scopes' | 'purpose'>;

export type AccessOutcome = 'SUCCESS' | 'CROSS_TENANT';

/** Something of an owner that was shown or acted on. */
export interface Accessed {
  /** `dom:…`, `ej:…` */
  readonly owner: string;
  readonly patientId?: string | null;
  readonly documentId?: string | null;
}

export interface Access {
  /** `patient-read`, `document-search`, `withdraw` */
  readonly action: string;
  readonly accessed: readonly Accessed[];
  /** Names of the criteria of a search (`birthDate`), never their values. */
  readonly details?: readonly string[];
  readonly outcome?: AccessOutcome;
}

/**
 * Appends to the access trail (S-13) in the transaction of the reading: what cannot be traced is not shown. One record for each owner;
 * a search that found nothing leaves one too. Last in a transaction that takes locks.
 */
export async function recordAccess(tx: Tx, reader: Reader, access: Access): Promise<void> {
  const byOwner = Map.groupBy(access.accessed, ({ owner }) => owner);
  const owners = byOwner.size > 0 ? [...byOwner.keys()] : [nobodyInParticular(reader)];
  await tx.execute(
    `INSERT INTO access_record (id, owner, subject, issuer, machine, action, patients, documents, outcome, purpose, details)
     SELECT id, owner, $3, $4, $5, $6, patients::uuid[], documents::uuid[], $9, $10, $11
     FROM unnest($1::uuid[], $2::text[], $7::text[], $8::text[]) AS n (id, owner, patients, documents)`,
    [
      owners.map(() => uuidV7()),
      owners,
      reader.subject,
      reader.issuer,
      reader.machine,
      access.action,
      owners.map((owner) => arrayText(byOwner.get(owner)?.map(({ patientId }) => patientId))),
      owners.map((owner) => arrayText(byOwner.get(owner)?.map(({ documentId }) => documentId))),
      access.outcome ?? 'SUCCESS',
      reader.purpose,
      access.details ?? [],
    ],
  );
}

/** An empty search concerns whoever looks after the one who searched. */
const nobodyInParticular = ({ scopes }: Reader): string => (scopes.includes('ght') ? 'ght' : (scopes[0] ?? 'ght'));

/** Each once, as PostgreSQL writes an array of uuid. */
function arrayText(ids: readonly (string | null | undefined)[] = []): string {
  const known = ids.filter((id) => id !== null && id !== undefined);
  return `{${[...new Set(known)].sort().join()}}`;
}
