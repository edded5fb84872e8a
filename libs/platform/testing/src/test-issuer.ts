export interface TokenClaims {
  readonly sub?: string;
  readonly aud?: string | string[];
  readonly iss?: string;
  readonly iat?: number;
  readonly exp?: number;
  readonly nbf?: number;
  readonly pfi_scopes?: readonly string[];
  readonly pfi_roles?: readonly string[];
  readonly [claim: string]: unknown;
}

/** An OpenID provider of one test: discovery, keys, and a client-credentials token endpoint on 127.0.0.1. */
export interface TestIssuer {
  readonly issuer: string;
  /** A signed access token; by default audience `pfi`, valid one hour, from a random subject. */
  token(claims?: TokenClaims, header?: { alg?: string; kid?: string }): Promise<string>;
  /** PEM of the public key, for confusion attacks. */
  readonly publicKeyPem: string;
  /** Number of requests for each path. */
  readonly requests: ReadonlyMap<string, number>;
  /** A new signing key; tokens signed before stay verifiable. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export async function testIssuer(): Promise<TestIssuer> {
  throw new Error('not built yet');
}
