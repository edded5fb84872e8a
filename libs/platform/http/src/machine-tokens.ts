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

/** Client credentials: a token is kept until 60 s before it expires; callers at the same time share one refresh. */
export class MachineTokens {
  constructor(private readonly options: MachineTokensOptions) {}

  /** A bearer token. Throws `IDENTITY_PROVIDER_UNAVAILABLE`. */
  async get(): Promise<string> {
    throw new Error(`not built yet ${this.options.issuer}`);
  }

  /** Forgets a token that a server refused. */
  forget(_token: string): void {}
}
