import { randomUUID } from 'node:crypto';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { httpListener } from './http-listener.js';

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

export interface TestIssuerOptions {
  readonly port?: number;
  /** Client id → secret of the token endpoint, and the claims of the tokens it gives. */
  readonly clients?: Readonly<Record<string, string>>;
  readonly clientClaims?: TokenClaims;
  /** Seconds; 3 600 by default. */
  readonly lifetime?: number;
}

/** An OpenID provider of one test: discovery, keys, and a client-credentials token endpoint on 127.0.0.1. */
export interface TestIssuer {
  readonly issuer: string;
  /** A signed access token; by default RS256, audience `pfi`, valid one hour, from a random subject. */
  token(claims?: TokenClaims, header?: { alg?: 'RS256' | 'PS256' | 'ES256'; kid?: string }): Promise<string>;
  /** PEM of the RSA public key, for confusion attacks, and its key id. */
  readonly publicKeyPem: string;
  readonly kid: string;
  /** Number of requests for each path. */
  readonly requests: ReadonlyMap<string, number>;
  /** Signs with new keys from now on; tokens signed before stay verifiable. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function signingKey(alg: 'RS256' | 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  // No `alg` in the key, so that RS256 and PS256 share one.
  return { kid, key: privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
}

// A WebCrypto key is bound to one algorithm.
async function pssKey(key: CryptoKey): Promise<CryptoKey> {
  return (await importJWK(await exportJWK(key), 'PS256')) as CryptoKey;
}

export async function testIssuer(options: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { lifetime = 3_600, clients = {} } = options;
  const requests = new Map<string, number>();
  const published: JWK[] = [];
  let rsa = await signingKey('RS256');
  let ec = await signingKey('ES256');
  published.push(rsa.jwk, ec.jwk);

  const token: TestIssuer['token'] = async (claims = {}, header = {}) => {
    const { alg = 'RS256' } = header;
    const signing = alg === 'ES256' ? ec : rsa;
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: listener.url, aud: 'pfi', sub: randomUUID(), iat: now, exp: now + lifetime };
    return new SignJWT({ ...standard, ...claims } as Record<string, unknown>)
      .setProtectedHeader({ typ: 'at+jwt', kid: signing.kid, ...header, alg })
      .sign(alg === 'PS256' ? await pssKey(signing.key) : signing.key);
  };

  const listener = await httpListener(async (request, body, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    requests.set(path, (requests.get(path) ?? 0) + 1);
    const json = (status: number, content: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    if (path === '/.well-known/openid-configuration') {
      const { url } = listener;
      return json(200, { issuer: url, jwks_uri: `${url}/jwks`, token_endpoint: `${url}/token` });
    }
    if (path === '/jwks') return json(200, { keys: published });
    if (path !== '/token') return json(404, {});
    const { id, secret } = credentials(request.headers.authorization, new URLSearchParams(body.toString()));
    if (clients[id] === undefined || clients[id] !== secret) return json(401, { error: 'invalid_client' });
    const access = await token({ sub: id, client_id: id, ...options.clientClaims });
    return json(200, { access_token: access, token_type: 'Bearer', expires_in: lifetime });
  }, options.port);

  return {
    issuer: listener.url,
    token,
    publicKeyPem: await exportSPKI(rsa.publicKey),
    kid: rsa.kid,
    requests,
    rotate: async () => {
      [rsa, ec] = await Promise.all([signingKey('RS256'), signingKey('ES256')]);
      published.push(rsa.jwk, ec.jwk);
    },
    close: () => listener.close(),
  };
}

function credentials(authorization: string | undefined, form: URLSearchParams): { id: string; secret: string } {
  if (!authorization?.startsWith('Basic ')) {
    return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' };
  }
  const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
}
