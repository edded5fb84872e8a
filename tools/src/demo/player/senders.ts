import type { Ght } from '@pfi/platform-settings';

/** An application of a hospital, as the GHT file declares it: who signs, for whom, under which authority. */
export interface Sender {
  readonly key: string;
  /** MSH-3 and MSH-4 */
  readonly application: string;
  readonly facility: string;
  /** Assigning authority of its patients and stays. */
  readonly authority: { readonly name: string; readonly oid: string };
  readonly domain: string;
  /** FINESS EJ */
  readonly legalEntity: string;
  /** FINESS EG where its stays belong by default, and its name. */
  readonly establishment: string;
  readonly establishmentName: string;
}

/** @throws Error when the GHT file has no such source: the player needs those of `deploy/ght.example.yaml` */
export function senderOf(ght: Ght, key: string): Sender {
  const source = ght.sourceByKey(key);
  const authority = source && ght.domain(source.domain)?.authority;
  const legalEntity = source?.legalEntities[0];
  if (!source || !authority || !legalEntity) {
    throw new Error(`the GHT file declares no source "${key}": the player needs those of deploy/ght.example.yaml`);
  }
  return {
    key,
    application: source.application,
    facility: source.facility,
    authority: { name: authority.name, oid: authority.oid },
    domain: source.domain,
    legalEntity,
    establishment: source.defaultEstablishment,
    establishmentName: ght.establishment(source.defaultEstablishment)?.name ?? source.defaultEstablishment,
  };
}
