import { setTimeout as delay } from 'node:timers/promises';
import { SignInRefused, type Tokens } from '../sign-in/people-provider.js';
import type { Providers } from '../sign-in/providers.js';
import { newSessionId, seal, sessionKeys, unseal, type SessionKeys } from './session-keys.js';
import type { SealedTokens, SessionRow, SessionTable } from './session-table.js';

const RENEW_EARLIER_MS = 60_000;
const OTHER_RENEWS_MS = 8_000;

/** A live session, and a token that services accept now. */
export interface CurrentSession {
  readonly accessToken: string;
  readonly csrfToken: string;
}

type Kept = Omit<Tokens, 'lifetimeMs'>;

/** Sessions of people at this console, whichever replica answers; tokens are renewed before they expire. */
export class Sessions {
  readonly #renewals = new Map<string, Promise<Kept | undefined>>();

  constructor(
    private readonly table: SessionTable,
    private readonly providers: Providers,
  ) {}

  /** Its id, for the cookie alone. */
  async open(provider: string, subject: string, tokens: Tokens): Promise<string> {
    const id = newSessionId();
    const keys = sessionKeys(id) as SessionKeys;
    await this.table.insert(keys.row, provider, subject, sealed(keys, tokens));
    return id;
  }

  /** Undefined when there is none, or none any more. Raises IDENTITY_PROVIDER_UNAVAILABLE, DATABASE_UNAVAILABLE. */
  async current(id: string | undefined, idleMs = 0): Promise<CurrentSession | undefined> {
    const keys = sessionKeys(id);
    const row = keys && (await this.table.find(keys.row, idleMs));
    if (!keys || !row) return undefined;
    const kept = row.due ? await this.#renewedOnce(keys, row) : unseal<Kept>(keys, row.sealed);
    return kept && { accessToken: kept.accessToken, csrfToken: keys.csrfToken };
  }

  /** Forgets it. The address at which the provider ends its own session, undefined when there was none here. */
  async end(id: string | undefined): Promise<string | undefined> {
    const keys = sessionKeys(id);
    const row = keys && (await this.table.find(keys.row, 0));
    if (!keys || !row) return undefined;
    await this.table.remove(keys.row);
    return this.providers.get(row.provider)?.end(unseal<Kept>(keys, row.sealed)?.refreshToken);
  }

  #renewedOnce(keys: SessionKeys, row: SessionRow): Promise<Kept | undefined> {
    const running = this.#renewals.get(keys.row);
    if (running) return running;
    const renewal = this.#renewed(keys, row).finally(() => this.#renewals.delete(keys.row));
    this.#renewals.set(keys.row, renewal);
    return renewal;
  }

  async #renewed(keys: SessionKeys, seen: SessionRow): Promise<Kept | undefined> {
    const leased = await this.table.lease(keys.row);
    if (!leased) return this.#renewedElsewhere(keys, seen);
    const kept = unseal<Kept>(keys, leased.sealed);
    const provider = this.providers.get(leased.provider);
    if (!kept || !provider) return this.#over(keys);
    if (kept.refreshToken === undefined) return leased.usable ? kept : this.#over(keys);
    try {
      const tokens = await provider.renew(kept.refreshToken);
      await this.table.renewed(keys.row, sealed(keys, tokens));
      return tokens;
    } catch (error) {
      if (error instanceof SignInRefused) return this.#over(keys);
      await this.table.notRenewed(keys.row);
      if (leased.usable) return kept;
      throw error;
    }
  }

  /** Another replica is at it: its token, or the one at hand while that is good. */
  async #renewedElsewhere(keys: SessionKeys, seen: SessionRow): Promise<Kept | undefined> {
    const deadline = performance.now() + OTHER_RENEWS_MS;
    let row: SessionRow | undefined = seen;
    while (row && !row.usable && performance.now() < deadline) {
      await delay(100);
      row = await this.table.find(keys.row, 0);
    }
    return row?.usable ? unseal<Kept>(keys, row.sealed) : undefined;
  }

  async #over(keys: SessionKeys): Promise<undefined> {
    await this.table.remove(keys.row);
  }
}

function sealed(keys: SessionKeys, { lifetimeMs, ...kept }: Tokens): SealedTokens {
  const renewEarlierMs = Math.min(RENEW_EARLIER_MS, lifetimeMs / 4);
  return { sealed: seal(keys, kept), lifetimeMs, renewEarlierMs };
}
