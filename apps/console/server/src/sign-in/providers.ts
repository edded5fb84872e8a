import type { PeopleProvider } from './people-provider.js';

/** The ways in, in the order of PFI_OIDC_ISSUERS. */
export class Providers {
  readonly #byId: ReadonlyMap<string, PeopleProvider>;

  constructor(providers: readonly PeopleProvider[]) {
    this.#byId = new Map(providers.map((provider) => [provider.id, provider]));
    if (this.#byId.size !== providers.length) throw new TypeError('two issuers of PFI_OIDC_ISSUERS have the same id');
  }

  get list(): readonly PeopleProvider[] {
    return [...this.#byId.values()];
  }

  get(id: string): PeopleProvider | undefined {
    return this.#byId.get(id);
  }
}
