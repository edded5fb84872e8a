import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@pfi/platform-testing';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { RunningSimulators } from './running-simulators.js';

const consoleUrl = 'http://127.0.0.1:8080';
const callback = `${consoleUrl}/auth/callback`;

/** A browser as far as these providers need one: cookies by name, redirects followed up to the console. */
class Visitor {
  readonly #cookies = new Map<string, string>();

  async open(url: string | URL, form?: Record<string, string>): Promise<{ url: URL; status: number; text: string }> {
    let next = new URL(url);
    let body = form && new URLSearchParams(form);
    for (;;) {
      const response = await fetch(next, {
        redirect: 'manual',
        headers: { cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; '), accept: 'text/html' },
        ...(body ? { method: 'POST', body } : {}),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [name = '', value = ''] = cookie.split(';')[0]?.split('=') ?? [];
        this.#cookies.set(name, value);
      }
      const text = await response.text();
      const location = response.headers.get('location');
      if (location === null) return { url: next, status: response.status, text };
      next = new URL(location, next);
      body = undefined;
      if (next.origin === consoleUrl) return { url: next, status: response.status, text };
    }
  }
}

describe('simulated sign-in of people', () => {
  let sim: RunningSimulators;
  let origin: string;
  beforeAll(async () => {
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    sim = await RunningSimulators.start({
      PFI_SIM_OIDC_PORT: String(port),
      PFI_OIDC_MACHINE_ISSUER: origin,
      PFI_CONSOLE_PUBLIC_URL: consoleUrl,
    });
  });
  afterAll(() => sim.stop());

  const discover = (path: string): Promise<openid.Configuration> =>
    openid.discovery(new URL(`${origin}${path}`), 'pfi-console', 'pfi-console', openid.ClientSecretBasic(), {
      execute: [openid.allowInsecureRequests],
    });

  async function signIn(config: openid.Configuration, identifiant: string, visitor = new Visitor()) {
    const [verifier, state, nonce] = [
      openid.randomPKCECodeVerifier(),
      openid.randomState(),
      openid.randomNonce(),
    ] as const;
    const page = await visitor.open(
      openid.buildAuthorizationUrl(config, {
        ...{ redirect_uri: callback, scope: 'openid profile', state, nonce },
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }),
    );
    const [, action = ''] = /action="([^"]+)"/.exec(page.text) ?? [];
    const back = await visitor.open(new URL(action, origin), { identifiant });
    const tokens = () =>
      openid.authorizationCodeGrant(config, back.url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
    return { page, back, tokens };
  }

  it('signs in with an account of the hospital: who it is stands in a token for the platform', async () => {
    const config = await discover('/etablissement');
    const { page, tokens } = await signIn(config, 'demo-operateur');
    expect(page.text).toContain('aucun mot de passe');
    const { access_token: token } = await tokens();
    const keys = createRemoteJWKSet(new URL(`${origin}/etablissement/jwks`));
    const { payload } = await jwtVerify(token, keys, { issuer: `${origin}/etablissement`, audience: 'pfi' });
    expect(payload).toMatchObject({ sub: 'demo-operateur', name: 'Dominique Prat', client_id: 'pfi-console' });
    expect(payload).not.toHaveProperty('pfi_roles');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
  });

  it('signs in with Pro Santé Connect: level eidas1, and the stable subject in SubjectNameID', async () => {
    const config = await discover('/pro-sante-connect');
    const { tokens } = await signIn(config, 'demo-lecteur');
    const { access_token: token, id_token: idToken = '' } = await tokens();
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ acr: 'eidas1', SubjectNameID: 'demo-lecteur', name: 'Camille Rivière' });
    expect(claims.sub).not.toContain('demo-lecteur');
    expect(decodeJwt(idToken)).toMatchObject({ acr: 'eidas1', sub: claims.sub });
  });

  it('renews an access token, until the person has signed out', async () => {
    const config = await discover('/etablissement');
    const visitor = new Visitor();
    const { tokens } = await signIn(config, 'demo-admin', visitor);
    const { refresh_token: first = '', id_token: idToken = '' } = await tokens();
    const renewed = await openid.refreshTokenGrant(config, first);
    expect(decodeJwt(renewed.access_token)).toMatchObject({ sub: 'demo-admin', aud: 'pfi' });
    const leaving = await visitor.open(
      openid.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: `${consoleUrl}/` }),
    );
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(leaving.text) ?? [];
    const left = await visitor.open(`${origin}/etablissement/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(left.url.href).toBe(`${consoleUrl}/`);
    await expect(openid.refreshTokenGrant(config, renewed.refresh_token ?? first)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('refuses a sign-in without PKCE, another address to come back to, and an identifier that is none', async () => {
    const config = await discover('/etablissement');
    const plain = await new Visitor().open(
      openid.buildAuthorizationUrl(config, { redirect_uri: callback, scope: 'openid', state: 's' }),
    );
    expect(plain.url.searchParams.get('error')).toBe('invalid_request');
    const elsewhere = await new Visitor().open(
      openid.buildAuthorizationUrl(config, { redirect_uri: 'https://attacker.example/', scope: 'openid', state: 's' }),
    );
    expect(elsewhere.status).toBe(400);
    const { back } = await signIn(config, '<script>');
    expect(back).toMatchObject({ status: 400 });
    expect(back.text).not.toContain('<script>');
  });

  it('leaves the issuer of machines where it was', async () => {
    const answer = await fetch(`${origin}/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({ issuer: origin, token_endpoint: `${origin}/token` });
  });
});
