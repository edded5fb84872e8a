import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleUnderTest } from './console-under-test.js';
import { rawRequest } from './visitor.js';

let console: ConsoleUnderTest;
beforeAll(async () => {
  console = await ConsoleUnderTest.open();
}, 60_000);
afterAll(() => console.close());

const html = { headers: { accept: 'text/html,application/xhtml+xml' } };
const ask = (path: string, asked = {}) => rawRequest(console.url, path, asked);

describe('the files of the web console', () => {
  it.each(['/', '/documents', '/documents/0197?x=1', '/nulle-part', '/index.html'])(
    '%s is a page for a browser',
    async (path) => {
      const page = await ask(path, html);
      expect(page.status).toBe(200);
      expect(page.text).toContain('<title>console</title>');
      expect(page.headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
          "font-src 'self' data:; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      });
    },
  );

  it('come with the headers that every answer has (S-21)', async () => {
    for (const path of ['/', '/assets/index-abc123.js', '/auth/providers', '/auth/session', '/api/nobody', '/rien']) {
      const { headers } = await ask(path, html);
      expect({ path, ...headers }).toMatchObject({
        path,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      for (const banner of ['server', 'x-powered-by', 'access-control-allow-origin']) {
        expect({ path, headers: Object.keys(headers) }).not.toMatchObject({
          path,
          headers: expect.arrayContaining([banner]),
        });
      }
    }
  });

  it('named by their content are kept by browsers, compressed where they can be', async () => {
    const plain = await ask('/assets/index-abc123.js');
    expect(plain.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    const packed = await ask('/assets/index-abc123.js', { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(Number(packed.headers['content-length'])).toBeLessThan(500);
  });

  it.each([
    ['/assets/gone-123.js', html],
    ['/nulle-part', {}],
    ['/api', html],
    ['/auth/nobody', html],
    ['/internal/v1/republish', html],
    ['/..%2f..%2fetc%2fpasswd', {}],
    ['/assets/../../secret', {}],
    ['/', { method: 'POST' }],
  ])('%s is not one of them', async (path, asked) => {
    const answer = await ask(path, asked);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });
});
