import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createService, routeInventory } from '@pfi/platform-http';
import { ParkedEvents } from '@pfi/platform-messaging';
import { createLogger } from '@pfi/platform-telemetry';
import { testIssuer, type TestIssuer } from '@pfi/platform-testing';
import supertest from 'supertest';
import { parkedEventsController } from './parked-events.controller.js';

const PATH = '/api/documents/v1/parked-events';
const OWNER = 'ej:990000101';
const known = randomUUID();

/** One parked event, of one owner. */
const parked = {
  list: async (scopes: readonly string[], page: { limit?: number }) => ({
    items: scopes.includes(OWNER) ? [{ id: known, code: 'HANDLER_FAILED' }].slice(0, page.limit) : [],
    next: null,
  }),
  replay: async (scopes: readonly string[], [id]: readonly string[]) =>
    scopes.includes(OWNER) && id === known
      ? { replayed: 1, stillParked: 0, notFound: 0 }
      : { replayed: 0, stillParked: 0, notFound: 1 },
};

let issuer: TestIssuer;
let app: Awaited<ReturnType<typeof createService>>;

class ParkedModule {}

beforeAll(async () => {
  issuer = await testIssuer();
  app = await createService({
    name: 'test',
    logger: createLogger('test', { level: 'fatal' }),
    config: { port: 0, auth: { issuers: [issuer.issuer] } },
    module: {
      module: ParkedModule,
      controllers: [parkedEventsController('api/documents/v1')],
      providers: [{ provide: ParkedEvents, useValue: parked }],
    },
  });
});
afterAll(async () => {
  await app.close();
  await issuer.close();
});

const as = async (role: string, scope: string) => {
  const token = await issuer.token({ pfi_roles: [role], pfi_scopes: [scope] });
  return (method: 'get' | 'post', path: string) =>
    supertest(app.getHttpServer())[method](path).auth(token, { type: 'bearer' });
};

describe('parked events over HTTP', () => {
  it('are listed and replayed by an operator, inside the scopes', async () => {
    const operator = await as('operator', OWNER);
    expect((await operator('get', PATH).expect(200)).body).toEqual({
      items: [{ id: known, code: 'HANDLER_FAILED' }],
      next: null,
    });
    expect((await operator('post', `${PATH}/${known}/replay`).expect(202)).body).toMatchObject({ replayed: 1 });
    const elsewhere = await as('operator', 'ej:990000200');
    expect((await elsewhere('get', PATH).expect(200)).body.items).toEqual([]);
    expect((await elsewhere('post', `${PATH}/${known}/replay`).expect(404)).body).toMatchObject({
      code: 'PARKED_EVENT_UNKNOWN',
    });
  });

  it('are closed to readers, and to strange queries', async () => {
    await (await as('reader', OWNER))('get', PATH).expect(403);
    const operator = await as('operator', OWNER);
    await operator('get', `${PATH}?limit=0`).expect(400);
    await operator('post', `${PATH}/x/replay`).expect(400);
  });

  it('have a policy on every route', () => {
    expect(routeInventory(app).filter(({ policy }) => policy === 'none')).toEqual([]);
  });
});
