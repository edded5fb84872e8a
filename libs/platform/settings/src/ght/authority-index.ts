import type { IdentityDomain } from './ght.schema.js';

/** The one way a domain's assigning authority is written inside the platform. */
export interface Authority {
  readonly name: string;
  readonly oid: string;
  readonly domain: string;
}

/** An HL7 HD as read: CX-4.1 and CX-4.2, whatever its type says (ISO, N, M, L). */
export interface AuthorityReference {
  readonly name?: string | undefined;
  readonly oid?: string | undefined;
}

/** One way an authority may be written, and the key under which it must be unique in the group. */
export interface AuthoritySpelling {
  readonly kind: 'id' | 'name';
  readonly value: string;
}

const isText = (value: string | undefined): value is string => value !== undefined && value !== '';

/**
 * Every spelling by which a domain is recognised. A universal id counts by itself. A name counts only where it is
 * declared without universal id, or as the main authority: the same namespace with an unknown id is another authority.
 */
export function spellingsOf(domain: IdentityDomain): AuthoritySpelling[] {
  const ids = [domain.authority.oid, ...domain.aliases.flatMap((alias) => [alias.oid, alias.universalId])].filter(
    isText,
  );
  const names = [domain.authority.name, ...domain.aliases.map((alias) => alias.name)].filter(isText);
  return [
    ...[...new Set(ids)].map((value) => ({ kind: 'id', value }) as const),
    ...[...new Set(names)].map((value) => ({ kind: 'name', value }) as const),
  ];
}

/** Names that stand for a domain even beside a universal id that nobody declared. */
function looseNamesOf(domain: IdentityDomain): string[] {
  return domain.aliases
    .filter((alias) => isText(alias.name) && !isText(alias.oid) && !isText(alias.universalId))
    .map((alias) => alias.name as string);
}

export class AuthorityIndex {
  readonly #byId = new Map<string, Authority>();
  readonly #byName = new Map<string, Authority>();
  readonly #looseNames = new Set<string>();

  constructor(domains: readonly IdentityDomain[]) {
    for (const domain of domains) {
      const authority = { ...domain.authority, domain: domain.key };
      for (const { kind, value } of spellingsOf(domain)) {
        (kind === 'id' ? this.#byId : this.#byName).set(value, authority);
      }
      for (const name of looseNamesOf(domain)) this.#looseNames.add(name);
    }
  }

  /** A known universal id decides; an unknown one is forgiven only for a name declared without any. */
  find({ name, oid }: AuthorityReference): Authority | undefined {
    if (isText(oid)) {
      const found = this.#byId.get(oid);
      if (found) return found;
      if (!isText(name) || !this.#looseNames.has(name)) return undefined;
    }
    return isText(name) ? this.#byName.get(name) : undefined;
  }
}
