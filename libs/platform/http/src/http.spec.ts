import { request as httpRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Query, Res } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PfiError, type ErrorKind } from '@pfi/health';
import { createLogger } from '@pfi/platform-telemetry';
import { eventually, testIssuer, type TestIssuer } from '@pfi/platform-testing';
import type { Response } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { createService, CurrentPrincipal, decodeCursor, encodeCursor, Public, Roles, routeInventory } from './index.js';
import type { Principal } from './index.js';

const metadata = z.strictObject({
  title: z.string().max(5),
  tags: z.array(z.strictObject({ n: z.number() })).optional(),
});
const loose = z.object({ a: z.string() });

@Controller('api/test/v1')
class TestController {
  @Roles('reader', 'admin')
  @Get('guarded')
  guarded(@CurrentPrincipal() principal: Principal): object {
    return { ...principal };
  }

  @Roles('operator')
  @Post('documents')
  @HttpCode(200)
  create(@Body({ schema: metadata }) body: unknown): object {
    return { body };
  }

  @Roles('operator')
  @Post('loose')
  loose(@Body({ schema: loose }) body: unknown): object {
    return { body };
  }

  @Public()
  @Get('fault/:kind')
  fault(@Param('kind') kind: ErrorKind): never {
    throw new PfiError('TEST_FAULT', kind, 'Texte pour l’opérateur.');
  }

  @Public()
  @Get('bug')
  bug(): never {
    throw new Error('CANARI password in an error');
  }

  @Public()
  @Get('query')
  query(@Query({ schema: z.strictObject({ limit: z.coerce.number().max(10).optional() }) }) query: unknown): object {
    return { query };
  }

  @Public()
  @Get('stream/:end')
  async stream(@Param('end') end: string, @Res() response: Response): Promise<void> {
    async function* pieces() {
      for (let piece = 0; piece < 100; piece += 1) yield Buffer.alloc(1_000_000);
      if (end === 'fault') throw new Error('the rest is missing');
    }
    streams += 1;
    await pipeline(pieces(), response).finally(() => (streams -= 1));
  }

  @Get('nobody')
  nobody(): string {
    return 'secret';
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

let app: NestExpressApplication;
let issuer: TestIssuer;
let operator: string;
const logs: string[] = [];
let streams = 0;

beforeAll(async () => {
  issuer = await testIssuer();
  const logger = createLogger('test', { destination: { write: (line) => void logs.push(line) } });
  app = await createService({
    name: 'test',
    apiPath: 'api/test/v1',
    logger,
    module: TestModule,
    config: { port: 0, auth: { issuers: [issuer.issuer] }, bodyLimitBytes: 10_000 },
  });
  operator = `Bearer ${await issuer.token({ pfi_roles: ['operator'] })}`;
});

afterAll(async () => {
  await app.close();
  await issuer.close();
});

const http = () => request(app.getHttpServer());
const post = (body: string, type = 'application/json') =>
  http().post('/api/test/v1/documents').set('authorization', operator).set('content-type', type).send(body);

describe('problems', () => {
  const kinds: [ErrorKind, number][] = [
    ['invalid', 400],
    ['forbidden', 403],
    ['not-found', 404],
    ['conflict', 409],
    ['unavailable', 503],
  ];
  it.each(kinds)('answers an error of kind %s with %i as problem+json in French', async (kind, status) => {
    const response = await http().get(`/api/test/v1/fault/${kind}`).expect(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.body).toMatchObject({ code: 'TEST_FAULT', detail: 'Texte pour l’opérateur.', status });
    expect(response.body.title).toEqual(expect.any(String));
    expect(response.body.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(response.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
  });

  it('S-21 tells nothing of a bug, and its trace id leads to the log line', async () => {
    const { body } = await http().get('/api/test/v1/bug').expect(500);
    expect(body).toEqual({ title: 'Erreur interne', status: 500, code: 'INTERNAL_ERROR', traceId: expect.any(String) });
    expect(logs.find((line) => line.includes(body.traceId))).toContain('http.spec.ts');
    expect(logs.join()).not.toContain('CANARI');
  });

  it('answers an unknown route and a malformed URL without echoing them', async () => {
    const unknown = await http().get('/api/CANARI').expect(404);
    expect(unknown.body.code).toBe('ROUTE_NOT_FOUND');
    const malformed = await http().get('/api/test/v1/fault/%zzCANARI').expect(400);
    expect(malformed.body.code).toBe('REQUEST_INVALID');
    expect(unknown.text + malformed.text).not.toContain('CANARI');
  });

  it('takes the trace id of the caller', async () => {
    const traceId = 'ab'.repeat(16);
    const { body } = await http()
      .get('/api/x')
      .set('traceparent', `00-${traceId}-${'cd'.repeat(8)}-01`);
    expect(body.traceId).toBe(traceId);
  });
});

describe('S-21 headers', () => {
  it('stand on every answer, errors included, and no banner', async () => {
    for (const path of ['/health/live', '/api/unknown', '/api/test/v1/guarded', '/api/test/v1/bug']) {
      const { headers } = await http().get(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['strict-transport-security']).toContain('max-age=');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('B-60 bodies', () => {
  it('accepts a right body', async () => {
    await post('{"title":"ok","tags":[{"n":1}]}').expect(200, { body: { title: 'ok', tags: [{ n: 1 }] } });
  });

  const refused: [string, string, string][] = [
    ['__proto__', '{"title":"ok","__proto__":{}}', '/__proto__'],
    ['a duplicate key', '{"title":"ok","title":"ko"}', '/title'],
    ['an unknown field', '{"title":"ok","admin":true}', ''],
    ['an unknown field deep inside', '{"title":"ok","tags":[{"n":1,"m":2}]}', '/tags/0'],
    ['a wrong type', '{"title":1}', '/title'],
    ['an array for a scalar', '{"title":["ok"]}', '/title'],
    ['1e400', '{"title":"ok","tags":[{"n":1e400}]}', '/tags/0/n'],
    ['depth', `${'['.repeat(100)}${']'.repeat(100)}`, '/0/0/0/0/0/0/0/0'],
    ['no body', '', ''],
    ['what is not JSON', '{"title":', ''],
  ];
  it.each(refused)('refuses %s with 400 BODY_INVALID and its pointer', async (_name, text, pointer) => {
    const { body } = await post(text).expect(400);
    expect(body).toMatchObject({ code: 'BODY_INVALID', pointer });
    expect(body.detail).toEqual(expect.any(String));
  });

  it('refuses a body above the limit, a compressed one, Latin-1 and another type', async () => {
    const large = await post(JSON.stringify({ title: 'x'.repeat(20_000) })).expect(413);
    expect(large.body.code).toBe('BODY_TOO_LARGE');
    const gzip = await post('{}').set('content-encoding', 'gzip').expect(415);
    expect(gzip.body.code).toBe('MEDIA_TYPE_UNSUPPORTED');
    const latin = http().post('/api/test/v1/documents').set('authorization', operator).type('application/json');
    latin.write(Buffer.from('{"title":"\xe9"}', 'latin1'));
    expect((await latin).body).toMatchObject({ code: 'BODY_INVALID' });
    expect((await post('title=ok', 'application/x-www-form-urlencoded').expect(400)).body.code).toBe('BODY_INVALID');
  });

  it('reads no body before the guard has allowed the caller', async () => {
    const { body } = await http()
      .post('/api/test/v1/documents')
      .type('application/json')
      .send('x'.repeat(20_000))
      .expect(401);
    expect(body.code).toBe('TOKEN_MISSING');
  });

  it('refuses a wrong query parameter by its name', async () => {
    const { body } = await http().get('/api/test/v1/query?limit=11').expect(400);
    expect(body).toMatchObject({ code: 'PARAMETER_INVALID', pointer: '/limit' });
    await http()
      .get('/api/test/v1/query?limit=10')
      .expect(200, { query: { limit: 10 } });
  });

  it('fails on a body schema that would let unknown fields through', async () => {
    await http().post('/api/test/v1/loose').set('authorization', operator).send({ a: 'x' }).expect(500);
  });
});

describe('a stream that is being sent', () => {
  /** Resolves when the answer ended, or broke. */
  const answered = async (end: string, leaveAfterBytes: number): Promise<{ readonly complete: boolean }> => {
    const server = app.getHttpServer() as { address(): AddressInfo | null; listen(port: number): unknown };
    if (!server.address()) server.listen(0);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = httpRequest({ port: server.address()?.port, path: `/api/test/v1/stream/${end}` }, resolve);
      asked.on('error', reject).end();
    });
    let bytes = 0;
    response
      .on('error', () => undefined)
      .on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > leaveAfterBytes) response.destroy();
      });
    await new Promise((resolve) => response.once('close', resolve));
    await eventually(() => expect(streams).toBe(0));
    return response;
  };

  it('breaks where its source breaks, which is logged', async () => {
    const before = logs.length;
    expect((await answered('fault', Number.POSITIVE_INFINITY)).complete).toBe(false);
    await eventually(() => expect(logs.slice(before).join()).toContain('http.spec.ts'));
  });

  it('is no fault when the caller leaves', async () => {
    const before = logs.length;
    expect((await answered('well', 2_000_000)).complete).toBe(false);
    await http().get('/health/live').expect(200);
    expect(logs.slice(before).join()).not.toContain('"level":"error"');
  });
});

describe('B-61 spellings of a path', () => {
  const raw = (method: string, path: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const server = app.getHttpServer() as { address(): AddressInfo | null; listen(port: number): unknown };
      if (!server.address()) server.listen(0);
      const sent = httpRequest({ port: server.address()?.port, method, path }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.on('error', reject).end();
    });

  it('B-61 never reach a guarded route without a token: HEAD, trailing slash, //, %2e, case, override', async () => {
    const spellings = [
      '/api/test/v1/guarded',
      '/api/test/v1/guarded/',
      '//api/test/v1/guarded',
      '/api//test/v1/guarded',
      '/api/test/v1/./guarded',
      '/api/test/v1/%2e/guarded',
      '/api/test/v1/%2e%2e/v1/guarded',
      '/health/%2e%2e/api/test/v1/guarded',
      '/health/../api/test/v1/guarded',
      '/API/TEST/V1/GUARDED',
      '/api/test/v1/%67uarded',
      '/api/test/v1/guarded?_method=OPTIONS',
      '/api/test/v1/guarded;x=1',
    ];
    for (const path of spellings) {
      for (const method of ['GET', 'HEAD']) {
        const { status, body } = await raw(method, path);
        expect([401, 404]).toContain(status);
        expect(body).not.toContain('subject');
      }
    }
    expect((await raw('HEAD', '/api/test/v1/guarded')).status).toBe(401);
    expect((await raw('GET', '/api/test/v1/guarded/')).status).toBe(401);
  });
});

describe('operations', () => {
  it('answers the probes and the metrics without a token', async () => {
    await http().get('/health/live').expect(200, { status: 'up' });
    await http().get('/health/ready').expect(200, { status: 'up' });
    const { text } = await http()
      .get('/metrics')
      .expect(200)
      .expect('content-type', /^text\/plain/);
    expect(text).toContain('http_server_request_duration_seconds_bucket');
    expect(text).not.toContain('CANARI');
  });

  it('serves the OpenAPI document, with the body schema of each route', async () => {
    const { body } = await http().get('/openapi.json').expect(200);
    expect(body.openapi).toBe('3.1.0');
    expect(JSON.stringify(body.paths['/api/test/v1/documents'])).toContain('maxLength');
    expect((await http().get('/api/test/v1/openapi.json').expect(200)).body).toEqual(body);
  });

  it('S-08 lists every route with its policy, and refuses to everybody the one that has none', async () => {
    const routes = routeInventory(app);
    expect(routes.filter(({ policy }) => policy === 'none').map(({ handler }) => handler)).toEqual([
      'TestController.nobody',
    ]);
    expect(routes).toContainEqual({
      method: 'GET',
      path: '/api/test/v1/guarded',
      handler: 'TestController.guarded',
      policy: ['reader', 'admin'],
    });
    expect(routes.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/health/live', '/metrics', '/openapi.json', '/api/test/v1/openapi.json']),
    );
    const all = `Bearer ${await issuer.token({ pfi_roles: ['reader', 'operator', 'identity-vigilance', 'gateway', 'admin'] })}`;
    const { body } = await http().get('/api/test/v1/nobody').set('authorization', all).expect(403);
    expect(body.code).toBe('ROLE_MISSING');
  });
});

describe('cursors', () => {
  it('come back as they were given, and anything else is refused', () => {
    expect(decodeCursor(encodeCursor(['2026-11-22', 7]), 2)).toEqual(['2026-11-22', 7]);
    for (const cursor of ['', 'x', encodeCursor([1]), Buffer.from('{"a":1}').toString('base64url')]) {
      expect(() => decodeCursor(cursor, 2)).toThrow('CURSOR_INVALID');
    }
  });
});
