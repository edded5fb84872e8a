import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testIssuer, type TestIssuerOptions } from '@pfi/platform-testing';
import { MachineTokens } from './machine-tokens.js';
import { TokenVerifier } from './token-verifier.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pfi-tokens-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function setup(options: TestIssuerOptions = {}) {
  const issuer = await testIssuer({ clients: { 'dmp-gateway': 's:cret é' }, ...options });
  const clientSecretFile = join(folder, 'secret');
  await writeFile(clientSecretFile, 's:cret é\n');
  const tokens = new MachineTokens({ issuer: issuer.issuer, clientId: 'dmp-gateway', clientSecretFile });
  return { issuer, tokens, clientSecretFile, asked: () => issuer.requests.get('/token') ?? 0 };
}

describe('MachineTokens', () => {
  it('gets a token that the guard takes for a machine, and keeps it', async () => {
    const { issuer, tokens, asked } = await setup({ clientClaims: { pfi_roles: ['gateway'], pfi_scopes: ['ej:1'] } });
    const token = await tokens.get();
    expect(await tokens.get()).toBe(token);
    expect(asked()).toBe(1);
    const verifier = new TokenVerifier({ issuers: [], machineIssuer: issuer.issuer });
    expect(await verifier.verify(token)).toMatchObject({ subject: 'dmp-gateway', machine: true, roles: ['gateway'] });
    await issuer.close();
  });

  it('shares one refresh between callers, and asks again for a token that was forgotten', async () => {
    const { issuer, tokens, asked } = await setup();
    const [first = ''] = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    expect(asked()).toBe(1);
    tokens.forget('another');
    await tokens.get();
    expect(asked()).toBe(1);
    tokens.forget(first);
    await tokens.get();
    expect(asked()).toBe(2);
    await issuer.close();
  });

  it('does not keep a token that is already over', async () => {
    const { issuer, tokens, asked } = await setup({ lifetime: 0 });
    await tokens.get();
    await tokens.get();
    expect(asked()).toBe(2);
    await issuer.close();
  });

  it('is unavailable when the secret is refused, and works once the file holds the right one', async () => {
    const { issuer, tokens, clientSecretFile } = await setup();
    await writeFile(clientSecretFile, 'wrong');
    await expect(tokens.get()).rejects.toMatchObject({ code: 'IDENTITY_PROVIDER_UNAVAILABLE' });
    await writeFile(clientSecretFile, 's:cret é');
    expect(await tokens.get()).toMatch(/^ey/);
    await issuer.close();
  });
});
