import { readFile } from 'node:fs/promises';
import { OpenIdProvider, providerUnavailable } from './openid-provider.js';

const MARGIN_MS = 60_000;

export interface MachineTokensOptions {
  /** PFI_OIDC_MACHINE_ISSUER. */
  readonly issuer: string;
  readonly clientId: string;
  /** File that holds the secret, read at each refresh so that it can be rotated without restart. */
  readonly clientSecretFile: string;
  /** `pfi` by default. */
  readonly audience?: string;
  readonly scope?: string;
  /** 5 000 by default. */
  readonly timeoutMs?: number;
}

interface Held {
  readonly token: string;
  /** On the monotonic clock. */
  readonly until: number;
}

/** Client credentials: a token is kept until 60 s before it expires; callers at the same time share one refresh. */
export class MachineTokens {
  readonly #options: MachineTokensOptions;
  readonly #provider: OpenIdProvider;
  #held: Held | undefined;
  #refresh: Promise<Held> | undefined;

  constructor(options: MachineTokensOptions) {
    this.#options = options;
    this.#provider = new OpenIdProvider(options.issuer);
  }

  /** A bearer token. Throws `IDENTITY_PROVIDER_UNAVAILABLE`. */
  async get(): Promise<string> {
    if (this.#held && performance.now() < this.#held.until) return this.#held.token;
    this.#refresh ??= this.#ask().finally(() => (this.#refresh = undefined));
    this.#held = await this.#refresh;
    return this.#held.token;
  }

  /** Forgets a token that a server refused. */
  forget(token: string): void {
    if (this.#held?.token === token) this.#held = undefined;
  }

  async #ask(): Promise<Held> {
    const { tokenEndpoint } = await this.#provider.metadata();
    const asked = performance.now();
    try {
      if (tokenEndpoint === undefined) throw new Error('the issuer names no token endpoint');
      const response = await fetch(tokenEndpoint, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? 5_000),
        headers: { authorization: await this.#basic(), accept: 'application/json' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          audience: this.#options.audience ?? 'pfi',
          ...(this.#options.scope !== undefined && { scope: this.#options.scope }),
        }),
      });
      if (!response.ok) throw new Error(`the token endpoint answered ${response.status}`);
      return heldOf((await response.json()) as Record<string, unknown>, asked);
    } catch (cause) {
      throw providerUnavailable(cause);
    }
  }

  async #basic(): Promise<string> {
    const secret = (await readFile(this.#options.clientSecretFile, 'utf8')).trim();
    const encoded = [this.#options.clientId, secret].map(encodeURIComponent).join(':');
    return `Basic ${Buffer.from(encoded).toString('base64')}`;
  }
}

function heldOf(answer: Record<string, unknown>, asked: number): Held {
  const { access_token: token, expires_in: seconds } = answer;
  if (typeof token !== 'string') throw new Error('the token endpoint gave no token');
  const lifetime = (typeof seconds === 'number' ? seconds : 0) * 1000;
  // A token shorter than the margin is used for half its life rather than never.
  return { token, until: asked + Math.max(lifetime - MARGIN_MS, lifetime / 2) };
}
