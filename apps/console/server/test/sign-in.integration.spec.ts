import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsoleUnderTest } from './console-under-test.js';
import { Visitor } from './visitor.js';

let console: ConsoleUnderTest;
let second: string;
beforeAll(async () => {
  console = await ConsoleUnderTest.open();
  second = await console.replica();
}, 60_000);
afterAll(() => console.close());

const refusedUnder = async (visitor: Visitor): Promise<number> => (await visitor.fetch('/auth/session')).status;

describe('a person who signs in', () => {
  it('is known by the session, at every replica, with the rights of the GHT file', async () => {
    console.hospital.next = { subject: 'demo-lecteur', claims: { name: 'Camille Rivière' } };
    const visitor = console.visitor();
    const url = await visitor.signIn('hopital', '/documents?controlId=A1');
    expect(url.href).toBe(`${console.url}/documents?controlId=A1`);
    const here = await visitor.fetch('/auth/session');
    expect(here.body).toEqual({
      subject: 'demo-lecteur',
      name: 'Camille Rivière',
      roles: ['reader'],
      scopes: ['eg:990000119'],
      csrfToken: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect((await visitor.fetch('/auth/session', {}, second)).body).toEqual(here.body);
  });

  it('is known at Pro Santé Connect by SubjectNameID', async () => {
    console.psc.next = { subject: 'f:1:x', acr: 'eidas1', claims: { SubjectNameID: 'demo-admin' } };
    const visitor = console.visitor();
    await visitor.signIn('psc');
    expect((await visitor.fetch('/auth/session')).body).toMatchObject({ subject: 'demo-admin' });
  });

  it('never gets a token into the browser', async () => {
    const visitor = await console.signedIn();
    await visitor.fetch('/auth/logout', { method: 'POST', headers: { 'x-csrf-token': visitor.csrfToken } });
    expect(visitor.shown.join('\n')).not.toMatch(/eyJhbGciOi/);
  });

  it('holds a cookie that no script reads and no other site sends; over https, of this host alone', async () => {
    const visitor = await console.signedIn();
    const [set] = visitor.shown.join('\n').match(/pfi-session=[^"]+/g) ?? [];
    expect(set).toMatch(/^pfi-session=[\w-]{43}; Max-Age=36000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
    const secure = await console.replica(0, { PFI_CONSOLE_PUBLIC_URL: 'https://console.example' });
    const stranger = console.visitor();
    const begun = await stranger.fetch('/auth/login?provider=hopital', {}, secure);
    expect(begun.headers['set-cookie']?.[0]).toMatch(
      /^__Host-pfi-sign-in=.*; Path=\/;.* HttpOnly; Secure; SameSite=Lax$/,
    );
    const redirect = new URL(begun.headers.location ?? '').searchParams.get('redirect_uri');
    expect(redirect).toBe('https://console.example/auth/callback');
  });

  it.each(['https://attacker.example/', '//attacker.example', '/\\attacker.example', '/auth/logout'])(
    'comes back to the console’s home when asked to go to %s',
    async (returnTo) => {
      console.hospital.next = { subject: 'demo-lecteur' };
      expect((await console.visitor().signIn('hopital', returnTo)).href).toBe(`${console.url}/`);
    },
  );
});

describe('a sign-in that is not as it began', () => {
  const failed = (url: URL): string | null => url.searchParams.get('connexion');
  const begun = async (visitor: Visitor) => {
    console.hospital.next = { subject: 'demo-admin' };
    const { url } = await visitor.navigate(
      '/auth/login?provider=hopital',
      ({ pathname }) => pathname === '/auth/callback',
    );
    return url;
  };

  it('is refused without the level demanded, or without the subject', async () => {
    for (const next of [
      { subject: 'a', claims: { SubjectNameID: 'demo-admin' } },
      { subject: 'b', acr: 'low', claims: { SubjectNameID: 'demo-admin' } },
      { subject: 'c', acr: 'eidas1' },
    ]) {
      console.psc.next = next;
      const visitor = console.visitor();
      expect(failed(await visitor.signIn('psc'))).toBe('refusee');
      expect(await refusedUnder(visitor)).toBe(401);
    }
  });

  it('is refused in a browser that did not begin it (login CSRF)', async () => {
    const callback = await begun(console.visitor());
    const victim = console.visitor();
    expect(failed((await victim.navigate(callback.href)).url)).toBe('expiree');
    await begun(victim);
    expect(failed((await victim.navigate(callback.href)).url)).toBe('refusee');
    expect(await refusedUnder(victim)).toBe(401);
  });

  it('is refused when it comes back under another state', async () => {
    const visitor = console.visitor();
    const callback = await begun(visitor);
    callback.searchParams.set('state', 'x'.repeat(43));
    expect(failed((await visitor.navigate(callback.href)).url)).toBe('refusee');
    expect(await refusedUnder(visitor)).toBe(401);
  });

  it('is refused when its cookie was changed', async () => {
    const visitor = console.visitor();
    const callback = await begun(visitor);
    const kept = JSON.parse(Buffer.from(visitor.cookies.get('pfi-sign-in') ?? '', 'base64url').toString()) as object;
    for (const change of [
      { nonce: 'x'.repeat(43) },
      { codeVerifier: 'y'.repeat(43) },
      { provider: 'psc' },
      { more: 1 },
    ]) {
      const other = new Visitor(console.url);
      other.cookies.set('pfi-sign-in', Buffer.from(JSON.stringify({ ...kept, ...change })).toString('base64url'));
      expect(failed((await other.navigate(callback.href)).url)).toMatch(/^(refusee|expiree)$/);
      expect(await refusedUnder(other)).toBe(401);
    }
  });

  it('is refused a second time: a code is for once', async () => {
    const visitor = console.visitor();
    const callback = await begun(visitor);
    const cookie = visitor.cookies.get('pfi-sign-in') ?? '';
    await visitor.navigate(callback.href);
    expect(await refusedUnder(visitor)).toBe(200);
    const again = console.visitor();
    again.cookies.set('pfi-sign-in', cookie);
    expect(failed((await again.navigate(callback.href)).url)).toBe('refusee');
    expect(await refusedUnder(again)).toBe(401);
  });

  it('says when the person declined, the way is unknown, or the provider is away', async () => {
    const visitor = console.visitor();
    const callback = await begun(visitor);
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    expect(failed((await visitor.navigate(callback.href)).url)).toBe('refusee');
    expect(failed((await visitor.navigate('/auth/login?provider=ailleurs')).url)).toBe('inconnue');
    const fresh = await console.replica();
    await console.hospital.pause();
    const answer = await visitor.fetch('/auth/login?provider=hopital', {}, fresh);
    expect(answer.headers.location).toBe('/?connexion=indisponible');
    await console.hospital.resume();
  });
});

describe('a session', () => {
  it('is not opened by a cookie that was changed, nor by what the database holds', async () => {
    const visitor = await console.signedIn();
    const id = visitor.cookies.get('pfi-session') ?? '';
    const [row] = await console.test.admin<{ key: string; sealed: Buffer }>(
      'SELECT key, sealed FROM console.session LIMIT 1',
    );
    const flipped = `${id.slice(0, 20)}${id[20] === 'A' ? 'B' : 'A'}${id.slice(21)}`;
    for (const forged of [flipped, row?.key ?? '', '', 'x', `${id}x`]) {
      const other = console.visitor();
      other.cookies.set('pfi-session', forged);
      expect(await refusedUnder(other)).toBe(401);
    }
    expect(row?.sealed.toString('latin1')).not.toContain('eyJ');
    expect(await refusedUnder(visitor)).toBe(200);
  });

  it('ends by itself: after its longest time, and when nobody is at it', async () => {
    const old = await console.signedIn();
    await console.age('expires_at', 10 * 3_600);
    expect(await refusedUnder(old)).toBe(401);
    const left = await console.signedIn();
    await console.age('last_seen_at', 29 * 60);
    expect(await refusedUnder(left)).toBe(200);
    await console.age('last_seen_at', 31 * 60);
    expect(await refusedUnder(left)).toBe(401);
  });

  it('ends though its page keeps asking, when nobody touches the page', async () => {
    const visitor = await console.signedIn();
    await console.age('last_seen_at', 25 * 60);
    const idle = { headers: { 'x-idle-seconds': String(25 * 60) } };
    expect((await visitor.fetch('/auth/session', idle)).status).toBe(200);
    await console.age('last_seen_at', 6 * 60);
    expect((await visitor.fetch('/auth/session', { headers: { 'x-idle-seconds': String(31 * 60) } })).status).toBe(401);
  });

  it('is ended by a sign-out, here, at every replica, and at the provider', async () => {
    const visitor = await console.signedIn();
    const cookie = visitor.cookies.get('pfi-session') ?? '';
    expect((await visitor.fetch('/auth/logout', { method: 'POST' })).body).toMatchObject({
      code: 'CSRF_TOKEN_INVALID',
    });
    const headers = { 'x-csrf-token': visitor.csrfToken };
    const { body } = await visitor.fetch('/auth/logout', { method: 'POST', headers });
    const location = new URL(String(body['location']));
    expect(location.href).toMatch(`${console.hospital.issuer}/session/end?`);
    expect([...location.searchParams.keys()].sort()).toEqual(['client_id', 'post_logout_redirect_uri']);
    expect(visitor.cookies.has('pfi-session')).toBe(false);
    const thief = console.visitor();
    thief.cookies.set('pfi-session', cookie);
    expect(await refusedUnder(thief)).toBe(401);
    expect((await thief.fetch('/auth/session', {}, second)).status).toBe(401);
  });

  it('is not touched by a sign-out that another site asks for', async () => {
    const answer = await console.visitor().fetch('/auth/logout', { method: 'POST' });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('the access token of a session', () => {
  const renewals = () => console.hospital.grants.filter((grant) => grant === 'refresh_token').length;

  it('is renewed once, however many pages ask at however many replicas', async () => {
    const visitor = await console.signedIn();
    const before = renewals();
    await console.age('renew_at', 600);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        visitor.fetch('/auth/session', {}, index % 2 === 0 ? console.url : second),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(renewals() - before).toBe(1);
  });

  it('serves while the provider is away and it is good; then the answer is to come back later', async () => {
    const visitor = await console.signedIn();
    await console.hospital.pause();
    await console.age('renew_at', 600);
    expect((await visitor.fetch('/auth/session')).body).toMatchObject({ subject: 'demo-operateur' });
    await console.test.admin('UPDATE console.session SET token_until = now(), renewing_until = NULL');
    expect((await visitor.fetch('/auth/session')).body).toMatchObject({ code: 'IDENTITY_PROVIDER_UNAVAILABLE' });
    await console.hospital.resume();
    await console.test.admin('UPDATE console.session SET renewing_until = NULL');
    expect((await visitor.fetch('/auth/session')).status).toBe(200);
  });

  it('ends with the provider’s own session', async () => {
    const visitor = await console.signedIn();
    const { url } = await visitor.navigate(`${console.hospital.issuer}/session/end?client_id=pfi-console`);
    expect(url.origin).toBe(console.hospital.issuer);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(visitor.shown.join('\n'))?.[1] ?? '';
    await visitor.fetch(
      '/session/end/confirm',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
      },
      console.hospital.issuer,
    );
    await console.age('renew_at', 600);
    expect(await refusedUnder(visitor)).toBe(401);
  });
});
