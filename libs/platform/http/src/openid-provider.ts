import { PfiError } from '@pfi/health';
import { createRemoteJWKSet, errors } from 'jose';

const TIMEOUT_MS = 5_000;
const RETRY_AFTER_MS = 5_000;

export interface ProviderMetadata {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly tokenEndpoint: string | undefined;
}

export interface OpenIdProviderOptions {
  readonly keyCooldownMs?: number | undefined;
}

/** `IDENTITY_PROVIDER_UNAVAILABLE`: the issuer does not answer or says something else than its own name. */
export function providerUnavailable(cause?: unknown): PfiError {
  const textFr = 'Le fournisseur d’identité ne répond pas. Réessayez, puis vérifiez son adresse et le réseau.';
  return new PfiError('IDENTITY_PROVIDER_UNAVAILABLE', 'unavailable', textFr, { cause });
}

/** One OpenID issuer: its discovery document, kept once read, and its keys, kept ten minutes. */
export class OpenIdProvider {
  readonly #issuer: string;
  readonly #keyCooldownMs: number;
  #metadata: Promise<ProviderMetadata> | undefined;
  #retryAt = 0;
  #keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(issuer: string, options: OpenIdProviderOptions = {}) {
    this.#issuer = issuer;
    this.#keyCooldownMs = options.keyCooldownMs ?? 30_000;
  }

  /** A failure is remembered five seconds: a provider that is away is not asked once a request. */
  metadata(): Promise<ProviderMetadata> {
    if (this.#metadata) return this.#metadata;
    if (performance.now() < this.#retryAt) return Promise.reject(providerUnavailable());
    this.#metadata = this.#discover().catch((cause: unknown) => {
      this.#metadata = undefined;
      this.#retryAt = performance.now() + RETRY_AFTER_MS;
      throw providerUnavailable(cause);
    });
    return this.#metadata;
  }

  /** The keys of the issuer; an unknown key id asks again, at most once in the cooldown. */
  async keys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const { jwksUri } = await this.metadata();
    this.#keys ??= createRemoteJWKSet(new URL(jwksUri), {
      cacheMaxAge: 600_000,
      cooldownDuration: this.#keyCooldownMs,
      timeoutDuration: TIMEOUT_MS,
    });
    return this.#keys;
  }

  async #discover(): Promise<ProviderMetadata> {
    const url = `${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`discovery answered ${response.status}`);
    const document = (await response.json()) as Record<string, unknown>;
    const { issuer, jwks_uri: jwksUri, token_endpoint: tokenEndpoint } = document;
    if (issuer !== this.#issuer || typeof jwksUri !== 'string') throw new Error('discovery names another issuer');
    return {
      issuer: this.#issuer,
      jwksUri,
      tokenEndpoint: typeof tokenEndpoint === 'string' ? tokenEndpoint : undefined,
    };
  }
}

/** Is this an answer about the token, rather than a fault on the way to the keys? */
export function isTokenFault(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}
