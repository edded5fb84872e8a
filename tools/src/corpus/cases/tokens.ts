import { createHmac } from 'node:crypto';
import { testIssuer } from '@pfi/platform-testing';
import type { TestIssuer } from '@pfi/platform-testing';
import type { PlatformApi } from '../../demo/player/index.js';
import type { Values } from './template.js';

const PART = { pfi_scopes: ['ght'], pfi_roles: ['admin', 'operator', 'reader'] };
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

/** Access tokens that are right, and every kind that is not: `token`, `token.other-owner`, `token.unsigned` and so on. */
export async function tokenValues(api: PlatformApi, otherOwner: PlatformApi, people: TestIssuer): Promise<Values> {
  const good = await api.token();
  const [head, body, signature = ''] = good.split('.');
  const [header, claims] = [decoded(head), decoded(body)];
  const keys = await (await fetch(`${api.issuer}/jwks`)).text();
  const confused = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`;
  const stranger = await testIssuer();
  const now = Math.floor(Date.now() / 1_000);
  const acr = 'eidas1';
  try {
    return {
      token: good,
      'token.other-owner': await otherOwner.token(),
      'token.unsigned': `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`,
      'token.widened': `${head}.${encoded({ ...claims, pfi_roles: ['admin', 'gateway'] })}.${signature}`,
      'token.prolonged': `${head}.${encoded({ ...claims, exp: 4_000_000_000 })}.${signature}`,
      'token.hs256': `${confused}.${createHmac('sha256', keys).update(confused).digest('base64url')}`,
      'token.stranger': await stranger.token(PART),
      'token.forged': await stranger.token({ ...PART, iss: api.issuer }),
      'token.expired': await people.token({ ...PART, acr, iat: now - 7_200, exp: now - 3_600 }),
      'token.other-audience': await people.token({ ...PART, acr, aud: 'autre-service' }),
      'token.from-tomorrow': await people.token({ ...PART, acr, iat: now + 86_400, exp: now + 90_000 }),
      'token.weak-sign-in': await people.token(PART),
      'token.unknown-key': await people.token({ ...PART, acr }, { kid: 'une-autre-cle' }),
    };
  } finally {
    await stranger.close();
  }
}
