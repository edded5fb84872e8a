import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param, Post, Req } from '@nestjs/common';
import { PfiError } from '@pfi/health';
import { createService, CurrentPrincipal, Roles, routeInventory, UnreadBody, type Principal } from '@pfi/platform-http';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually, testIssuer, type TestIssuer } from '@pfi/platform-testing';
import type { Request } from 'express';
import { SignJWT, UnsecuredJWT } from 'jose';
import { ConsoleUnderTest } from './console-under-test.js';
import { rawRequest, type Visitor } from './visitor.js';

/** A service as the platform makes them: guarded routes, and documents of one legal entity. */
@Controller('api/documents/v1')
class GuardedController {
  @Roles('reader')
  @Get('documents/:id')
  read(@Param('id') id: string, @CurrentPrincipal() principal: Principal): object {
    if (!principal.scopes.includes(`ej:${id}`))
      throw new PfiError('DOCUMENT_UNKNOWN', 'not-found', 'Document inconnu.');
    return { id, subject: principal.subject };
  }

  @Roles('operator')
  @UnreadBody()
  @Post('documents')
  async create(@Req() request: Request): Promise<object> {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of request) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    return { size, sha256: hash.digest('hex') };
  }
}

@Module({ controllers: [GuardedController] })
class GuardedModule {}

/** A service of which a test says all. */
type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const received: IncomingMessage[] = [];
let answer: Handler;

let machines: TestIssuer;
let guarded: Awaited<ReturnType<typeof createService>>;
let plain: Server;
let console: ConsoleUnderTest;
let operator: Visitor;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  machines = await testIssuer();
  plain = createServer((request, response) => {
    received.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const issuers: string[] = [];
  console = await ConsoleUnderTest.open({
    services: { PFI_IDENTITY_URL: `http://127.0.0.1:${portOf(plain)}` },
  });
  issuers.push(console.hospital.issuer, machines.issuer);
  guarded = await createService({
    name: 'documents',
    logger: createLogger('guarded-test', { level: 'fatal' }),
    apiPath: 'api/documents/v1',
    module: GuardedModule,
    config: {
      port: 0,
      auth: {
        issuers,
        people: [{ subject: 'demo-operateur', roles: ['reader', 'operator'], scopes: ['ej:990000101'] }],
      },
    },
  });
  await guarded.listen(0, '127.0.0.1');
  const documents = `http://127.0.0.1:${portOf(guarded.getHttpServer() as Server)}`;
  origin = await console.replica(0, { PFI_DOCUMENTS_URL: documents });
  operator = await console.signedIn('demo-operateur');
}, 60_000);
let origin: string;
afterAll(async () => {
  await console.close();
  await guarded.close();
  await machines.close();
  plain.closeAllConnections();
  await new Promise((resolve) => plain.close(resolve));
});
beforeEach(() => {
  received.length = 0;
  answer = (_request, response) => response.end('{}');
});

const DOCUMENT = '/api/documents/v1/documents/990000101';

describe('a request of a page', () => {
  it('reaches the service under the token of the session, without the cookie', async () => {
    expect((await operator.fetch(DOCUMENT, {}, origin)).body).toEqual({ id: '990000101', subject: 'demo-operateur' });
    await operator.fetch('/api/identity/v1/tasks?state=open', { headers: { 'x-forwarded-for': '1.2.3.4' } }, origin);
    const [{ url, headers } = {} as IncomingMessage] = received;
    expect(url).toBe('/api/identity/v1/tasks?state=open');
    expect(headers.authorization).toMatch(/^Bearer eyJ/);
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-forwarded-for');
  });

  it('changes nothing without the token of its page', async () => {
    const post = (headers: Record<string, string>) =>
      operator.fetch('/api/identity/v1/patients/search', { method: 'POST', headers, body: '{}' }, origin);
    for (const token of ['', 'x', operator.csrfToken.slice(1), `${operator.csrfToken}x`]) {
      const headers: Record<string, string> = token === '' ? {} : { 'x-csrf-token': token };
      const refusal = await post(headers);
      expect([refusal.status, refusal.body['code']]).toEqual([403, 'CSRF_TOKEN_INVALID']);
    }
    const stranger = await console.signedIn('demo-admin');
    expect((await post({ 'x-csrf-token': stranger.csrfToken })).status).toBe(403);
    expect(received).toEqual([]);
    expect((await post({ 'x-csrf-token': operator.csrfToken })).status).toBe(200);
  });

  it('of one legal entity is told that what another owns does not exist (B-63)', async () => {
    const elsewhere = await operator.fetch('/api/documents/v1/documents/990000200', {}, origin);
    expect([elsewhere.status, elsewhere.body['code']]).toEqual([404, 'DOCUMENT_UNKNOWN']);
  });

  it('without a session is told so by the service, and its open description is served', async () => {
    expect((await rawRequest(origin, DOCUMENT)).body).toMatchObject({ code: 'TOKEN_MISSING' });
    const description = await rawRequest(origin, '/api/documents/v1/openapi.json');
    expect(description.body).toMatchObject({ openapi: '3.1.0' });
    expect((await rawRequest(origin, '/asyncapi.json')).body).toMatchObject({ asyncapi: '3.0.0' });
  });
});

describe('a request of a machine', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const rights = { sub: 'm', pfi_roles: ['reader', 'operator'], pfi_scopes: ['ej:990000101'] };

  it('passes with its own token: no cookie, no token of a page', async () => {
    const headers = bearer(await machines.token(rights));
    expect((await rawRequest(origin, DOCUMENT, { headers })).body).toMatchObject({ subject: 'm' });
    const created = await rawRequest(origin, '/api/documents/v1/documents', { method: 'POST', headers, body: 'abc' });
    expect(created.body).toMatchObject({ size: 3 });
  });

  it('is never given the rights of a session beside its token', async () => {
    const headers = bearer(await machines.token({ ...rights, pfi_roles: [] }));
    const both = await operator.fetch(DOCUMENT, { headers }, origin);
    expect([both.status, both.body['code']]).toEqual([403, 'ROLE_MISSING']);
  });

  it('is refused with any fault of its token (B-62)', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { ...rights, iss: machines.issuer, aud: 'pfi', iat: now, exp: now + 600 };
    const hmac = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: machines.kid });
    const faults: Readonly<Record<string, string>> = {
      none: new UnsecuredJWT(claims).encode(),
      hmac: await hmac.sign(new TextEncoder().encode(machines.publicKeyPem)),
      issuer: await machines.token({ ...rights, iss: 'https://other.example' }),
      audience: await machines.token({ ...rights, aud: 'other' }),
      expired: await machines.token({ ...rights, exp: now - 60 }),
      future: await machines.token({ ...rights, iat: now + 600 }),
      key: await machines.token(rights, { kid: 'unknown' }),
      noise: 'a.b.c',
    };
    for (const [fault, token] of Object.entries(faults)) {
      const { status, body } = await rawRequest(origin, DOCUMENT, { headers: bearer(token) });
      expect({ fault, status, code: String(body['code']).slice(0, 6) }).toEqual({ fault, status: 401, code: 'TOKEN_' });
    }
  });
});

describe('a guarded route, however it is spelled (B-61)', () => {
  it.each(['GET', 'HEAD'])('is closed to strangers by %s and open to those who may', async (method) => {
    for (const path of [DOCUMENT, `${DOCUMENT}/`]) {
      expect((await rawRequest(origin, path, { method })).status).toBe(401);
      expect((await operator.fetch(path, { method }, origin)).status).toBe(200);
    }
  });

  it('does not become another method', async () => {
    const headers = { 'x-http-method-override': 'POST', 'x-method-override': 'POST' };
    expect((await operator.fetch('/api/documents/v1/documents', { headers }, origin)).status).toBe(404);
    for (const method of ['OPTIONS', 'TRACE']) {
      expect((await operator.fetch('/api/identity/v1/tasks', { method }, origin)).status).toBe(405);
    }
    expect(received).toEqual([]);
  });

  it.each([
    '/api/identity/v1/../../../internal/v1/republish',
    '/api/identity/v1/%2e%2e/%2e%2e/%2e%2e/metrics',
    '/api/identity/v1/..%2f..%2f..%2fmetrics',
    '/api/identity/v1//metrics',
    '//api/identity/v1/tasks',
    '/api/identity/v1/%252e%252e/x',
    '/api/identity/v1/a%00',
    '/api/identity/v1/a%0d%0ax:y',
    '/api/identity/internal/v1/republish',
    '/api/identity/metrics',
    '/internal/v1/republish',
    '/api/console/v1/audit',
  ])('%s reaches no service', async (path) => {
    const { status } = await operator.fetch(path, {}, origin);
    expect([400, 404]).toContain(status);
    expect(received).toEqual([]);
  });
});

describe('bodies', () => {
  it('pass both ways while they come', async () => {
    let finish: () => void = () => undefined;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('first');
      finish = () => response.end('last');
    };
    const response = await fetch(`${origin}/api/identity/v1/export`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
    finish();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last');
  });

  it('arrive whole, with a length or without', async () => {
    const body = Buffer.alloc(20 * 1_024 * 1_024, 'pfi');
    const expected = { size: body.length, sha256: createHash('sha256').update(body).digest('hex') };
    const headers = { 'x-csrf-token': operator.csrfToken, 'content-type': 'application/json' };
    const path = '/api/documents/v1/documents';
    expect((await operator.fetch(path, { method: 'POST', headers, body }, origin)).body).toEqual(expected);
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    expect((await operator.fetch(path, { method: 'POST', headers: chunked, body }, origin)).body).toEqual(expected);
  });

  it('are refused beyond the limit, before a service hears of them, and on a reading', async () => {
    const headers = { 'x-csrf-token': operator.csrfToken, 'content-length': String(64 * 1_024 * 1_024 + 1) };
    const large = await operator.fetch('/api/identity/v1/import', { method: 'POST', headers }, origin);
    expect([large.status, large.body['code']]).toEqual([413, 'BODY_TOO_LARGE']);
    const read = await operator.fetch(
      '/api/identity/v1/tasks',
      { headers: { 'content-length': '2' }, body: '{}' },
      origin,
    );
    expect(read.status).toBe(400);
    expect(received).toEqual([]);
  });

  it('are cut off at the limit when they have no length', async () => {
    answer = (request, response) => void request.resume().once('end', () => response.end('{}'));
    const headers = { 'x-csrf-token': operator.csrfToken, 'transfer-encoding': 'chunked' };
    const body = Buffer.alloc(64 * 1_024 * 1_024 + 1);
    const large = await operator.fetch('/api/identity/v1/import', { method: 'POST', headers, body }, origin);
    expect([large.status, large.body['code']]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('of two lengths are taken for an attack', async () => {
    const smuggled = [
      'POST /api/identity/v1/x HTTP/1.1',
      'Host: console',
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
      '',
      '0',
      '',
      'GET /api/identity/v1/smuggled HTTP/1.1',
      'Host: console',
      '',
      '',
    ].join('\r\n');
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(smuggled));
      let seen = '';
      socket.on('data', (chunk) => (seen += chunk.toString()));
      socket.on('close', () => resolve(seen));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(received).toEqual([]);
  });

  it('stop when the caller leaves', async () => {
    let left = false;
    answer = (_request, response) => {
      response.once('close', () => (left = !response.writableFinished));
      response.write('first');
    };
    const abort = new AbortController();
    const response = await fetch(`${origin}/api/identity/v1/export`, { signal: abort.signal });
    expect(response.status).toBe(200);
    abort.abort();
    await eventually(async () => {
      if (!left) throw new Error('the service still answers nobody');
    });
  });
});

describe('a service that fails', () => {
  it('and is away is told as such', async () => {
    const away = await operator.fetch('/api/mss/v1/mailboxes', {}, origin);
    expect(away.status).toBe(503);
    expect(away.headers['content-type']).toContain('application/problem+json');
    expect(away.body).toMatchObject({ code: 'SERVICE_UNAVAILABLE', traceId: expect.any(String) });
    expect(String(away.body['detail'])).toContain('« mss »');
  });

  it('and does not answer in time is given up', async () => {
    answer = () => undefined;
    const late = await operator.fetch('/api/identity/v1/tasks', {}, origin);
    expect([late.status, late.body['code']]).toEqual([504, 'SERVICE_TIMEOUT']);
  });

  it('and hangs up is asked once more for a reading, never for a change', async () => {
    answer = (request) => request.socket.destroy();
    const read = await operator.fetch('/api/identity/v1/tasks', {}, origin);
    expect([read.status, read.body['code'], received.length]).toEqual([502, 'SERVICE_ANSWER_INVALID', 2]);
    received.length = 0;
    const headers = { 'x-csrf-token': operator.csrfToken };
    const change = await operator.fetch('/api/identity/v1/x', { method: 'POST', headers, body: '{}' }, origin);
    expect([change.status, received.length]).toEqual([502, 1]);
  });

  it('and breaks off in the middle breaks off for the caller too', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => request.socket.destroy());
    };
    await expect(operator.fetch('/api/identity/v1/export', {}, origin)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('every route of the console', () => {
  it('has a policy', () => {
    expect(routeInventory(console.app).filter(({ policy }) => policy === 'none')).toEqual([]);
  });
});
