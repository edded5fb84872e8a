import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { AuthOptions, IssuerOptions, Person } from './auth.types.js';
import { isTokenFault, OpenIdProvider, providerUnavailable } from './openid-provider.js';
import { roles, type Principal, type Role } from './principal.js';
import { HttpProblem } from './problem.js';

/** Asymmetric only: a public key can then never be taken for a shared secret (RFC 8725 §3.1). */
const ALGORITHMS = ['RS256', 'ES256', 'PS256'];
const TOLERANCE_S = 5;
const PURPOSE = /^[A-Z]{2,20}$/;
/** A token that was verified is taken as such for so long: gateways come with the same one for every document. */
const REMEMBERED_MS = 30_000;
const REMEMBERED_TOKENS = 1_000;

const texts = {
  TOKEN_MISSING: 'Aucun jeton d’accès. Connectez-vous, ou envoyez l’en-tête Authorization: Bearer.',
  TOKEN_INVALID: 'Le jeton d’accès est invalide. Connectez-vous de nouveau.',
  TOKEN_EXPIRED: 'Le jeton d’accès a expiré. Connectez-vous de nouveau.',
  TOKEN_ISSUER: 'Le jeton d’accès vient d’un fournisseur d’identité qui n’est pas accepté ici.',
  TOKEN_AUDIENCE: 'Le jeton d’accès n’est pas destiné à cette plateforme.',
} as const;

export function tokenRefused(code: keyof typeof texts, cause?: unknown): HttpProblem {
  return new HttpProblem(401, code, texts[code], { cause });
}

interface Issuer {
  readonly options: IssuerOptions;
  readonly provider: OpenIdProvider;
}

/** Verifies access tokens of several issuers and says who asks. */
export class TokenVerifier {
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #people: ReadonlyMap<string, readonly Person[]>;
  readonly #options: AuthOptions;
  readonly #verified = new Map<string, { readonly principal: Principal; readonly until: number }>();

  constructor(options: AuthOptions) {
    this.#options = options;
    const listed = options.issuers.map((issuer) => (typeof issuer === 'string' ? { issuer } : issuer));
    const machine = options.machineIssuer;
    if (machine !== undefined && !listed.some(({ issuer }) => issuer === machine)) listed.push({ issuer: machine });
    this.#issuers = new Map(
      listed.map((issuer) => {
        const provider = new OpenIdProvider(issuer.issuer, { keyCooldownMs: options.keyCooldownMs });
        return [issuer.issuer, { options: issuer, provider }];
      }),
    );
    this.#people = Map.groupBy(options.people ?? [], ({ subject }) => subject);
  }

  /** Throws 401 `TOKEN_…`, or `IDENTITY_PROVIDER_UNAVAILABLE`. */
  async verify(token: string): Promise<Principal> {
    const known = this.#verified.get(token);
    if (known && Date.now() < known.until) return known.principal;
    const issuer = this.#issuers.get(unverifiedIssuer(token));
    if (!issuer) throw tokenRefused('TOKEN_ISSUER');
    const claims = await this.#claims(token, issuer);
    const principal = this.#principal(claims, issuer.options);
    this.#remember(token, principal, Math.min(Date.now() + REMEMBERED_MS, (claims.exp ?? 0) * 1000));
    return principal;
  }

  #remember(token: string, principal: Principal, until: number): void {
    this.#verified.delete(token);
    this.#verified.set(token, { principal, until });
    if (this.#verified.size <= REMEMBERED_TOKENS) return;
    const [oldest] = this.#verified.keys();
    if (oldest !== undefined) this.#verified.delete(oldest);
  }

  async #claims(token: string, { options, provider }: Issuer): Promise<JWTPayload> {
    const keys = await provider.keys();
    let payload: JWTPayload;
    try {
      const expected = { issuer: options.issuer, audience: this.#options.audience ?? 'pfi', algorithms: ALGORITHMS };
      const requiredClaims = ['exp', 'iat', 'sub'];
      ({ payload } = await jwtVerify(token, keys, { ...expected, requiredClaims, clockTolerance: TOLERANCE_S }));
    } catch (error) {
      throw isTokenFault(error) ? tokenRefused(codeOf(error), error) : providerUnavailable(error);
    }
    if ((payload.iat ?? Infinity) > Date.now() / 1000 + TOLERANCE_S) throw tokenRefused('TOKEN_INVALID');
    return payload;
  }

  #principal(claims: JWTPayload, issuer: IssuerOptions): Principal {
    const machine = this.#isMachine(claims, issuer);
    if (issuer.acr !== undefined && !machine && claims['acr'] !== issuer.acr) throw tokenRefused('TOKEN_INVALID');
    const subject = text(claims[issuer.subjectClaim ?? 'sub']) ?? (machine ? claims.sub : undefined);
    if (!subject) throw tokenRefused('TOKEN_INVALID');
    const inToken = claims['pfi_roles'] !== undefined || claims['pfi_scopes'] !== undefined;
    const person = inToken ? undefined : this.#person(subject, issuer.issuer);
    const scopes = [...(person?.scopes ?? strings(claims['pfi_scopes']))];
    const expanded = this.#options.expandScopes?.(scopes) ?? scopes;
    return Object.freeze({
      subject,
      issuer: issuer.issuer,
      name: text(claims['name']) ?? text(claims['preferred_username']) ?? subject,
      roles: Object.freeze([...(person?.roles ?? strings(claims['pfi_roles']).filter(isRole))]),
      scopes: Object.freeze([...new Set(expanded)]),
      machine,
      purpose: purposeOf(claims),
    });
  }

  /** A subject is unique at its issuer only: another issuer's namesake gets nothing of an entry that names the issuer. */
  #person(subject: string, issuer: string): Person | undefined {
    const entries = this.#people.get(subject) ?? [];
    return entries.find((entry) => entry.issuer === issuer) ?? entries.find((entry) => entry.issuer === undefined);
  }

  /** Client credentials: the subject is the client itself (RFC 9068 §2.2), or the issuer serves machines only. */
  #isMachine(claims: JWTPayload, { issuer }: IssuerOptions): boolean {
    if (issuer !== this.#options.machineIssuer) return false;
    const servesPeople = this.#options.issuers.some(
      (listed) => (typeof listed === 'string' ? listed : listed.issuer) === issuer,
    );
    return !servesPeople || claims['client_id'] === claims.sub || claims['azp'] === claims.sub;
  }
}

/** Only used to choose whose keys verify the token. */
function unverifiedIssuer(token: string): string {
  try {
    // Without a key id a provider with a single key would accept the token all the same.
    if (typeof decodeProtectedHeader(token).kid !== 'string') throw tokenRefused('TOKEN_INVALID');
    return decodeJwt(token).iss ?? '';
  } catch (error) {
    throw error instanceof HttpProblem ? error : tokenRefused('TOKEN_INVALID', error);
  }
}

function codeOf(error: unknown): keyof typeof texts {
  if (error instanceof errors.JWTExpired) return 'TOKEN_EXPIRED';
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined;
  if (claim === 'aud') return 'TOKEN_AUDIENCE';
  return claim === 'iss' ? 'TOKEN_ISSUER' : 'TOKEN_INVALID';
}

/** IHE IUA: `extensions.ihe_iua.purpose_of_use`, a list of codes; the first is kept, if it looks like one. */
function purposeOf(claims: JWTPayload): string | null {
  const iua = (claims['extensions'] as { ihe_iua?: { purpose_of_use?: unknown } } | undefined)?.ihe_iua;
  const [first] = Array.isArray(iua?.purpose_of_use) ? (iua.purpose_of_use as unknown[]) : [];
  const code = typeof first === 'object' && first !== null && 'code' in first ? first.code : first;
  return typeof code === 'string' && PURPOSE.test(code) ? code : null;
}

const isRole = (value: string): value is Role => (roles as readonly string[]).includes(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
