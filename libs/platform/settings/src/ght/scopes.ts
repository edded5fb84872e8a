import type { GhtFile } from './ght.schema.js';

export const ownerOfLegalEntity = (finess: string): string => `ej:${finess}`;
export const ownerOfDomain = (key: string): string => `dom:${key}`;

/**
 * What a handler working for an owner may see: a domain sees its legal entities (a merge touches their stays), a legal
 * entity sees its identity domain (a document needs its patient).
 */
export function scopesByOwner(file: GhtFile): ReadonlyMap<string, readonly string[]> {
  const scopes = new Map<string, string[]>();
  for (const domain of file.identityDomains) {
    const owner = ownerOfDomain(domain.key);
    scopes.set(owner, [owner]);
  }
  for (const entity of file.legalEntities) {
    const owner = ownerOfLegalEntity(entity.finess);
    const domain = ownerOfDomain(entity.domain);
    scopes.set(owner, [owner, domain]);
    scopes.get(domain)?.push(owner);
  }
  return scopes;
}

/**
 * What a person or machine may see. `ght` gives everything; `ej:` gives the legal entity and its establishments, not its
 * identity domain, which others may share; `eg:` and `dom:` give themselves. Unknown scopes give nothing.
 */
export function scopesByGrant(file: GhtFile): ReadonlyMap<string, readonly string[]> {
  const grants = new Map<string, readonly string[]>();
  for (const domain of file.identityDomains) grants.set(ownerOfDomain(domain.key), [ownerOfDomain(domain.key)]);
  for (const entity of file.legalEntities) {
    const establishments = entity.establishments.map((establishment) => `eg:${establishment.finess}`);
    for (const scope of establishments) grants.set(scope, [scope]);
    grants.set(ownerOfLegalEntity(entity.finess), [ownerOfLegalEntity(entity.finess), ...establishments]);
  }
  // `ght` itself too: it owns what belongs to nobody in particular, such as messages of unknown senders.
  grants.set('ght', ['ght', ...new Set([...grants.values()].flat())]);
  return grants;
}
