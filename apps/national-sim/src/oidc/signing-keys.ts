import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type SigningKey = JsonWebKey & { readonly kid: string; readonly use: 'sig'; readonly alg: 'RS256' };

/** The key that signs access tokens, made once and kept: tokens stay valid over a restart. */
export function loadSigningKey(folder: string): SigningKey {
  const path = join(folder, 'oidc-key.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as SigningKey;
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(jwk.n ?? '')
    .digest('base64url')
    .slice(0, 16);
  const key: SigningKey = { ...jwk, kid, use: 'sig', alg: 'RS256' };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Written aside then renamed: a kill in the middle leaves no half key.
  writeFileSync(`${path}.new`, JSON.stringify(key), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return key;
}
