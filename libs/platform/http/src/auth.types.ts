import type { Role } from './principal.js';

/** Rights of a subject whose token carries no `pfi_roles` (people of the GHT file). */
export interface Person {
  readonly subject: string;
  /** Whose subject; without it, of any trusted issuer. An entry that names the issuer wins. */
  readonly issuer?: string | undefined;
  readonly roles: readonly Role[];
  readonly scopes: readonly string[];
}

export interface IssuerOptions {
  /** Exactly as in the tokens' `iss`. */
  readonly issuer: string;
  /** Authentication level demanded of people, for instance `eidas1` at Pro Santé Connect. */
  readonly acr?: string;
  /** Claim that is the stable subject; `sub` by default (`SubjectNameID` at Pro Santé Connect). */
  readonly subjectClaim?: string;
}

export interface AuthOptions {
  /** PFI_OIDC_ISSUERS. */
  readonly issuers: readonly (string | IssuerOptions)[];
  /** PFI_OIDC_MACHINE_ISSUER; may also be one of `issuers`. */
  readonly machineIssuer?: string | undefined;
  /** `pfi` by default. */
  readonly audience?: string;
  /** An unknown key id asks the issuer for its keys at most once in this time; 30 000 ms by default. */
  readonly keyCooldownMs?: number;
  readonly people?: readonly Person[];
  /** `ght` to all owners, a legal entity to its establishments…; identity by default. */
  readonly expandScopes?: (scopes: string[]) => string[];
}
