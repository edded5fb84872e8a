import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { RunningSimulators } from './running-simulators.js';

describe('simulated OpenID provider', () => {
  let sim: RunningSimulators;
  const issuer = 'http://127.0.0.1:8104';
  beforeAll(async () => {
    sim = await RunningSimulators.start({ PFI_OIDC_MACHINE_ISSUER: issuer });
  });
  afterAll(() => sim.stop());

  const origin = () => `http://127.0.0.1:${sim.ports.oidc}`;

  async function token(clientId: string, secret: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${origin()}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', audience: 'pfi' }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function claims(clientId: string, secret: string) {
    const { body } = await token(clientId, secret);
    const keys = createRemoteJWKSet(new URL(`${origin()}/jwks`));
    return jwtVerify(String(body['access_token']), keys, { issuer, audience: 'pfi', algorithms: ['RS256'] });
  }

  it.each([
    ['pfi-demo', 'pfi-demo', ['ght'], ['reader', 'operator', 'admin']],
    ['pfi-dmp-gateway', 'pfi-dmp-gateway', ['ght'], ['gateway']],
    ['test-eg', 's3cret', ['eg:990000119'], ['reader']],
  ])('gives %s a signed token with its scopes and roles for 10 minutes', async (clientId, secret, scopes, roles) => {
    const { payload } = await claims(clientId, secret);
    expect(payload).toMatchObject({ azp: clientId, client_id: clientId, pfi_scopes: scopes, pfi_roles: roles });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  });

  it('refuses a wrong secret and an unknown client', async () => {
    expect(await token('pfi-demo', 'wrong')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await token('nobody', 'x')).toMatchObject({ status: 401 });
  });

  it('says where everything is', async () => {
    const response = await fetch(`${origin()}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({ issuer });
  });

  it('keeps its key over a restart: older tokens stay valid', async () => {
    const { body } = await token('pfi-demo', 'pfi-demo');
    await sim.restart();
    const keys = createRemoteJWKSet(new URL(`${origin()}/jwks`));
    const { payload } = await jwtVerify(String(body['access_token']), keys, { issuer, audience: 'pfi' });
    expect(payload['azp']).toBe('pfi-demo');
  });

  it('is down for one client only', async () => {
    await sim.setFault({ target: 'oidc', kind: 'http-status', match: { clientId: 'pfi-identity' }, times: 1 });
    const response = await fetch(`${origin()}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('pfi-identity:pfi-identity').toString('base64')}` },
    });
    expect(response.status).toBe(503);
    expect(await token('pfi-demo', 'pfi-demo')).toMatchObject({ status: 200 });
  });
});
