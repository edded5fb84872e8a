import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testIssuer } from '@pfi/platform-testing';
import type { TestIssuer } from '@pfi/platform-testing';
import { mdm, newPatient } from '@pfi/tools';
import type { Problem } from '@pfi/tools';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const { api } = platform;
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;
let stranger: TestIssuer;
let documentUrl: string;

beforeAll(async () => {
  stranger = await testIssuer();
  const dpi = platform.sender('dpi-a');
  const sent = await platform.send(mdm(dpi, newPatient(dpi.authority)));
  documentUrl = `${api.documentsUrl}/documents/${(await platform.documentOf(sent)).id}`;
});
afterAll(async () => {
  await stranger.close();
  await platform.close();
});

/** The parts of a token that is good now. */
async function goodParts(): Promise<{
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  signature: string;
}> {
  const [header, claims, signature = ''] = (await api.token()).split('.');
  return { header: decoded(header), claims: decoded(claims), signature };
}

const forged: readonly (readonly [title: string, code: RegExp, make: () => Promise<string>])[] = [
  [
    'no signature (alg none)',
    /^TOKEN_INVALID$/,
    async () => {
      const { header, claims } = await goodParts();
      return `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`;
    },
  ],
  [
    'wider claims under an old signature',
    /^TOKEN_INVALID$/,
    async () => {
      const { header, claims, signature } = await goodParts();
      return `${encoded(header)}.${encoded({ ...claims, pfi_roles: ['admin', 'gateway'] })}.${signature}`;
    },
  ],
  [
    'HS256 with the public key as secret',
    /^TOKEN_INVALID$/,
    async () => {
      const { header, claims } = await goodParts();
      const keys = await (await fetch(`${api.issuer}/jwks`)).text();
      const text = `${encoded({ ...header, alg: 'HS256' })}.${encoded(claims)}`;
      return `${text}.${createHmac('sha256', keys).update(text).digest('base64url')}`;
    },
  ],
  [
    'an expiry that was moved',
    /^TOKEN_INVALID$/,
    async () => {
      const { header, claims, signature } = await goodParts();
      return `${encoded(header)}.${encoded({ ...claims, exp: 4_000_000_000 })}.${signature}`;
    },
  ],
  ['another issuer', /^TOKEN_ISSUER$/, () => stranger.token({ pfi_scopes: ['ght'], pfi_roles: ['admin'] })],
  [
    'our issuer’s name and a stranger’s key',
    /^TOKEN_INVALID$/,
    () => stranger.token({ iss: api.issuer, pfi_scopes: ['ght'], pfi_roles: ['admin'] }),
  ],
  ['something else than a token', /^TOKEN_INVALID$/, async () => 'abc.def.ghi'],
];

describe('B-62 a token that is not right', () => {
  it.each(forged)('%s is answered 401', async (_title, code, make) => {
    for (const url of [`${api.documentsUrl}/documents`, `${api.identityUrl}/tasks`, `${api.dmpUrl}/submissions`]) {
      const answer = await api.exchange<Problem>(url, { headers: { authorization: `Bearer ${await make()}` } });
      expect(answer.status).toBe(401);
      expect(answer.body.code).toMatch(code);
    }
  });

  it('none at all is answered 401 in problem+json', async () => {
    const answer = await fetch(`${api.documentsUrl}/documents`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ code: 'TOKEN_MISSING', status: 401 });
  });
});

describe('B-61 another spelling of a guarded route', () => {
  it.each([
    ['HEAD', '/documents'],
    ['GET', '/documents/'],
    ['GET', '//documents'],
    ['GET', '/%64ocuments'],
    ['GET', '/%2e/documents'],
    ['GET', '/Documents'],
    ['OPTIONS', '/documents'],
    ['TRACE', '/documents'],
  ])('%s %s gives nothing without a token', async (method, path) => {
    const url = new URL(`${api.documentsUrl}${path}`);
    const status = await rawStatus(method, url.port, `/api/documents/v1${path}`, {});
    expect([400, 401, 404, 405, 501]).toContain(status);
  });

  it('a method in a header changes nothing', async () => {
    const { port } = new URL(api.documentsUrl);
    const status = await rawStatus('GET', port, new URL(documentUrl).pathname, { 'x-http-method-override': 'DELETE' });
    expect(status).toBe(401);
  });
});

describe('B-60 a body that is not right', () => {
  it.each([
    ['__proto__', '{"reason":"essai","__proto__":{"admin":true}}'],
    ['a doubled key', '{"reason":"essai","reason":"autre"}'],
    ['a number too large', '{"reason":1e400}'],
    ['32 levels and more', `{"reason":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['an array for a text', '{"reason":["essai"]}'],
    ['an unknown field', '{"reason":"essai","force":true}'],
    ['no JSON', '{"reason":'],
    ['an array', '["essai"]'],
  ])('%s is answered 400 BODY_INVALID and changes nothing', async (_title, body) => {
    const answer = await api.exchange<Problem>(`${documentUrl}/abandon`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.body.code]).toEqual([400, 'BODY_INVALID']);
    expect((await api.exchange<{ state: string }>(documentUrl)).body.state).toBe('held');
  });

  it('10 MB are refused', async () => {
    const answer = await api.exchange<Problem>(`${documentUrl}/abandon`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'A'.repeat(10 * 1024 * 1024) }),
    });
    expect([400, 413]).toContain(answer.status);
  });
});

/** The status of a request whose path is sent as it is written: `fetch` would tidy it first. */
async function rawStatus(method: string, port: string, path: string, headers: Record<string, string>): Promise<number> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', reject).end();
  });
}
