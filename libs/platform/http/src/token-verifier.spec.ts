import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort, testIssuer, type TestIssuer, type TokenClaims } from '@pfi/platform-testing';
import { SignJWT, UnsecuredJWT } from 'jose';
import { TokenVerifier } from './token-verifier.js';
import type { AuthOptions } from './auth.types.js';

let people: TestIssuer;
let machines: TestIssuer;
let stranger: TestIssuer;
beforeAll(async () => {
  [people, machines, stranger] = await Promise.all([testIssuer(), testIssuer(), testIssuer()]);
});
afterAll(async () => {
  await Promise.all([people.close(), machines.close(), stranger.close()]);
});

const verifier = (options: Partial<AuthOptions> = {}): TokenVerifier =>
  new TokenVerifier({ issuers: [people.issuer], machineIssuer: machines.issuer, ...options });

const codeOf = (token: string, subject = verifier()): Promise<string> =>
  subject.verify(token).then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? String(error),
  );

const now = (): number => Math.floor(Date.now() / 1000);

describe('TokenVerifier', () => {
  it.each(['RS256', 'PS256', 'ES256'] as const)('accepts a token signed with %s', async (alg) => {
    const token = await people.token(
      { sub: 'doc', name: 'Camille', pfi_roles: ['reader'], pfi_scopes: ['ej:1'] },
      { alg },
    );
    expect(await verifier().verify(token)).toEqual({
      subject: 'doc',
      name: 'Camille',
      roles: ['reader'],
      scopes: ['ej:1'],
      issuer: people.issuer,
      machine: false,
      purpose: null,
    });
  });

  it('tells the purpose of use that the token carries, when it is a code', async () => {
    const purposeIn = async (codes: unknown): Promise<string | null> => {
      const token = await people.token({ extensions: { ihe_iua: { purpose_of_use: codes } } });
      return (await verifier().verify(token)).purpose;
    };
    expect(await purposeIn([{ system: 'urn:oid:2.16.840.1.113883.1.11.20448', code: 'TREAT' }])).toBe('TREAT');
    expect(await purposeIn(['Mme Martin, chambre 12'])).toBeNull();
    expect(await purposeIn(null)).toBeNull();
  });

  it('B-62 refuses alg none', async () => {
    const token = new UnsecuredJWT({ pfi_roles: ['admin'] })
      .setIssuer(people.issuer)
      .setAudience('pfi')
      .setSubject('x')
      .setIssuedAt()
      .setExpirationTime('1h')
      .encode();
    expect(await codeOf(token)).toBe('TOKEN_INVALID');
    const [, claims = ''] = token.split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: people.kid })).toString('base64url');
      expect(await codeOf(`${header}.${claims}.`)).toBe('TOKEN_INVALID');
    }
  });

  it('B-62 refuses an HMAC made with the public key', async () => {
    const secret = new TextEncoder().encode(people.publicKeyPem);
    const token = await new SignJWT({ iss: people.issuer, aud: 'pfi', sub: 'x', iat: now(), exp: now() + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: people.kid })
      .sign(secret);
    expect(await codeOf(token)).toBe('TOKEN_INVALID');
  });

  const wrong: [string, () => Promise<string>, string][] = [
    ['another issuer', () => stranger.token(), 'TOKEN_ISSUER'],
    ['a known issuer named by a stranger', () => stranger.token({ iss: people.issuer }), 'TOKEN_INVALID'],
    ['no issuer', () => people.token({ iss: '' }), 'TOKEN_ISSUER'],
    ['another audience', () => people.token({ aud: 'other' }), 'TOKEN_AUDIENCE'],
    ['an expired token', () => people.token({ exp: now() - 60 }), 'TOKEN_EXPIRED'],
    ['a token of the future', () => people.token({ iat: now() + 600, exp: now() + 900 }), 'TOKEN_INVALID'],
    ['a token not valid yet', () => people.token({ nbf: now() + 600 }), 'TOKEN_INVALID'],
    ['an unknown key id', () => people.token({}, { kid: 'unknown' }), 'TOKEN_INVALID'],
    ['no subject', () => people.token({ sub: '' }), 'TOKEN_INVALID'],
    ['noise', async () => 'a.b.c', 'TOKEN_INVALID'],
    ['a changed claim', async () => tampered(await people.token({ pfi_roles: [] })), 'TOKEN_INVALID'],
  ];
  it.each(wrong)('B-62 refuses %s', async (_name, token, code) => {
    expect(await codeOf(await token())).toBe(code);
  });

  it.each(['exp', 'iat', 'sub'] as const)('B-62 refuses a token without %s', async (claim) => {
    expect(await codeOf(await people.token({ [claim]: undefined } as TokenClaims))).toBe('TOKEN_INVALID');
  });

  it('B-62 refuses a token that has expired, although it was verified a moment before', async () => {
    const subject = verifier();
    const token = await people.token({ exp: now() + 10 });
    expect(await codeOf(token, subject)).toBe('accepted');
    const later = Date.now() + 16_000;
    jest.useFakeTimers({
      now: later,
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask'],
    });
    try {
      expect(await codeOf(token, subject)).toBe('TOKEN_EXPIRED');
    } finally {
      jest.useRealTimers();
    }
  });

  it('B-62 refuses a person without the authentication level demanded', async () => {
    const subject = verifier({ issuers: [{ issuer: people.issuer, acr: 'eidas1', subjectClaim: 'SubjectNameID' }] });
    expect(await codeOf(await people.token({ SubjectNameID: '899700' }), subject)).toBe('TOKEN_INVALID');
    expect(await codeOf(await people.token({ acr: 'eidas1' }), subject)).toBe('TOKEN_INVALID');
    const token = await people.token({ acr: 'eidas1', SubjectNameID: '899700' });
    expect((await subject.verify(token)).subject).toBe('899700');
  });

  it('keeps known roles only, expands scopes, and takes the rights of the list when the token has none', async () => {
    const subject = verifier({
      people: [{ subject: 'listed', roles: ['operator'], scopes: ['ght'] }],
      expandScopes: (scopes) => scopes.flatMap((scope) => (scope === 'ght' ? ['ej:1', 'dom:a'] : [scope, scope])),
    });
    const listed = await subject.verify(await people.token({ sub: 'listed' }));
    expect(listed).toMatchObject({ roles: ['operator'], scopes: ['ej:1', 'dom:a'] });
    const token = await people.token({ sub: 'listed', pfi_roles: ['reader', 'root'], pfi_scopes: ['eg:2'] });
    expect(await subject.verify(token)).toMatchObject({ roles: ['reader'], scopes: ['eg:2'] });
    expect(await subject.verify(await people.token({ sub: 'unlisted' }))).toMatchObject({ roles: [], scopes: [] });
  });

  it('gives a listed person nothing for a namesake at another issuer', async () => {
    const subject = verifier({
      issuers: [people.issuer, stranger.issuer],
      people: [
        { subject: 'ida', issuer: people.issuer, roles: ['admin'], scopes: ['ght'] },
        { subject: 'luc', roles: ['reader'], scopes: ['ght'] },
        { subject: 'luc', issuer: stranger.issuer, roles: ['operator'], scopes: ['ght'] },
      ],
    });
    expect(await subject.verify(await people.token({ sub: 'ida' }))).toMatchObject({ roles: ['admin'] });
    expect(await subject.verify(await stranger.token({ sub: 'ida' }))).toMatchObject({ roles: [], scopes: [] });
    expect(await subject.verify(await people.token({ sub: 'luc' }))).toMatchObject({ roles: ['reader'] });
    expect(await subject.verify(await stranger.token({ sub: 'luc' }))).toMatchObject({ roles: ['operator'] });
  });

  it('knows a machine by its issuer, or by a client that is its own subject', async () => {
    expect(await verifier().verify(await machines.token({ sub: 'dmp-gateway' }))).toMatchObject({ machine: true });
    const shared = verifier({ machineIssuer: people.issuer });
    expect(await shared.verify(await people.token({ sub: 'pfi-demo', client_id: 'pfi-demo' }))).toMatchObject({
      machine: true,
    });
    expect(await shared.verify(await people.token({ sub: 'doc', client_id: 'console' }))).toMatchObject({
      machine: false,
    });
  });

  it('reads the keys once for many tokens, and again when the issuer rotates them', async () => {
    const issuer = await testIssuer();
    const subject = verifier({ issuers: [issuer.issuer], keyCooldownMs: 0 });
    const before = await issuer.token();
    for (const token of [before, await issuer.token(), await issuer.token()]) await subject.verify(token);
    expect(issuer.requests.get('/jwks')).toBe(1);
    await issuer.rotate();
    expect(await codeOf(await issuer.token(), subject)).toBe('accepted');
    expect(await codeOf(before, subject)).toBe('accepted');
    await issuer.close();
  });

  it('does not ask an issuer again for each unknown key id', async () => {
    const issuer = await testIssuer();
    const subject = verifier({ issuers: [issuer.issuer] });
    for (let index = 0; index < 5; index++) await codeOf(await issuer.token({}, { kid: `unknown-${index}` }), subject);
    expect(issuer.requests.get('/jwks')).toBe(1);
    await issuer.close();
  });

  it('is unavailable, not refusing, while the issuer is away', async () => {
    const issuer = await testIssuer({ port: await freePort() });
    const token = await issuer.token();
    await issuer.close();
    const refusal = verifier({ issuers: [issuer.issuer] }).verify(token);
    await expect(refusal).rejects.toMatchObject({ code: 'IDENTITY_PROVIDER_UNAVAILABLE', kind: 'unavailable' });
  });
});

function tampered(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const payload = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...payload, pfi_roles: ['admin'] })).toString('base64url');
  return [header, changed, signature].join('.');
}
