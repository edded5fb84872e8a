import { readFile } from 'node:fs/promises';
import { PfiError } from '@pfi/health';
import type { Principal, TokenVerifier } from '@pfi/platform-http';
import type { TrustedIssuer } from '@pfi/platform-settings';
import * as openid from 'openid-client';

/** Metadata, keys and the client's secret are read again after this time: a secret is rotated without restart. */
const KEPT_MS = 10 * 60_000;
const TIMEOUT_S = 5;

/** What a sign-in must come back with. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly lifetimeMs: number;
}

export interface ProviderOptions {
  readonly issuer: TrustedIssuer;
  readonly clientId: string;
  readonly clientSecretFile: string;
  /** Origin of the console. */
  readonly publicUrl: string;
  readonly verifier: TokenVerifier;
}

/** The provider refused the person, the code or the renewal: asking again will not help. */
export class SignInRefused extends PfiError {
  constructor(reason: string, cause?: unknown) {
    const textFr = 'La connexion n’a pas abouti. Recommencez ; si cela dure, voyez l’administrateur de la plateforme.';
    super(reason, 'forbidden', textFr, { cause });
  }
}

/** One OpenID provider where people sign in: authorization code with PKCE, state and nonce; the ID token's signature is verified. */
export class PeopleProvider {
  readonly id: string;
  readonly label: string;
  readonly #options: ProviderOptions;
  #kept: { readonly configuration: Promise<openid.Configuration>; readonly until: number } | undefined;

  constructor(options: ProviderOptions) {
    const { hostname } = new URL(options.issuer.issuer);
    this.#options = options;
    this.id = options.issuer.id ?? hostname;
    this.label = options.issuer.label ?? hostname;
  }

  /** Where the browser goes. Raises IDENTITY_PROVIDER_UNAVAILABLE. */
  async begin(): Promise<{ readonly url: URL; readonly pending: PendingSignIn }> {
    const configuration = await this.#configuration();
    const { acr, scope } = this.#options.issuer;
    const pending = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#address('/auth/callback'),
      scope: scope ?? 'openid profile',
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
      code_challenge_method: 'S256',
      ...(acr === undefined ? {} : { acr_values: acr }),
    });
    return { url, pending };
  }

  /** `query`: of the address to which the browser came back. Raises SignInRefused, IDENTITY_PROVIDER_UNAVAILABLE. */
  async complete(query: string, pending: PendingSignIn): Promise<{ tokens: Tokens; principal: Principal }> {
    const configuration = await this.#configuration();
    const answer = await exchange(() =>
      openid.authorizationCodeGrant(configuration, new URL(this.#address(`/auth/callback${query}`)), {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.codeVerifier,
        idTokenExpected: true,
      }),
    );
    const { acr } = this.#options.issuer;
    if (acr !== undefined && answer.claims()?.['acr'] !== acr) throw new SignInRefused('SIGN_IN_LEVEL');
    const principal = await this.#options.verifier.verify(answer.access_token);
    return { tokens: tokensOf(answer), principal };
  }

  /** Raises SignInRefused when the person must sign in again, IDENTITY_PROVIDER_UNAVAILABLE. */
  async renew(refreshToken: string): Promise<Tokens> {
    const configuration = await this.#configuration();
    const answer = await exchange(() => openid.refreshTokenGrant(configuration, refreshToken));
    const tokens = tokensOf(answer);
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
  }

  /** Ends what the tokens still allow, as far as the provider offers it; then where the browser goes to end its own session there. */
  async end(refreshToken: string | undefined): Promise<string> {
    const home = this.#address('/');
    try {
      const configuration = await this.#configuration();
      const { end_session_endpoint: endSession, revocation_endpoint: revocation } = configuration.serverMetadata();
      if (refreshToken !== undefined && revocation !== undefined) {
        await openid.tokenRevocation(configuration, refreshToken).catch(() => undefined);
      }
      if (endSession === undefined) return home;
      // Named by client_id, not by id_token_hint: no token goes through the browser.
      return openid.buildEndSessionUrl(configuration, { post_logout_redirect_uri: home }).href;
    } catch {
      return home;
    }
  }

  #address(path: string): string {
    return new URL(path, this.#options.publicUrl).href;
  }

  #configuration(): Promise<openid.Configuration> {
    if (this.#kept && performance.now() < this.#kept.until) return this.#kept.configuration;
    const configuration = this.#discover().catch((cause: unknown) => {
      this.#kept = undefined;
      throw unavailable(cause);
    });
    this.#kept = { configuration, until: performance.now() + KEPT_MS };
    return configuration;
  }

  async #discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecretFile } = this.#options;
    const secret = (await readFile(issuer.clientSecretFile ?? clientSecretFile, 'utf8')).trim();
    const server = new URL(issuer.issuer);
    return openid.discovery(server, issuer.clientId ?? clientId, undefined, openid.ClientSecretBasic(secret), {
      timeout: TIMEOUT_S,
      // A provider in clear is refused in production when settings are read.
      execute: [
        openid.enableNonRepudiationChecks,
        ...(server.protocol === 'http:' ? [openid.allowInsecureRequests] : []),
      ],
    });
  }
}

function tokensOf(answer: openid.TokenEndpointResponse): Tokens {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    lifetimeMs: (answer.expires_in ?? 60) * 1_000,
  };
}

/** Answers that were read, and are not those of the sign-in that was begun: state, nonce, issuer, signature, times. */
const NOT_OURS = [
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
];

/** An answer that says no, told apart from no answer: a provider that is away or badly set up must not end sessions. */
async function exchange<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const refused =
      cause instanceof openid.AuthorizationResponseError ||
      (cause instanceof openid.ResponseBodyError && cause.error === 'invalid_grant');
    if (refused) throw new SignInRefused('SIGN_IN_REFUSED', cause);
    const notOurs = cause instanceof openid.ClientError && NOT_OURS.includes(String(cause.code));
    throw notOurs ? new SignInRefused('SIGN_IN_INVALID', cause) : unavailable(cause);
  }
}

function unavailable(cause: unknown): PfiError {
  const textFr = 'Le fournisseur d’identité ne répond pas. Réessayez, puis vérifiez son adresse et le réseau.';
  return new PfiError('IDENTITY_PROVIDER_UNAVAILABLE', 'unavailable', textFr, { cause });
}
