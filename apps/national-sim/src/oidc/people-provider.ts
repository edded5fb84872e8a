import { randomUUID } from 'node:crypto';
import express, { type Express } from 'express';
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import { KeptInMemory } from './kept-in-memory.js';
import { errorPage, signedOutPage, signInPage, signOutPage } from './sign-in-page.js';
import { isIdentifier, knownPeople, type SignInWay } from './sign-in-ways.js';
import type { SigningKey } from './signing-keys.js';

const audience = 'pfi';
const resource = 'urn:pfi';
const tokenSeconds = 600;
const daySeconds = 12 * 3_600;

export interface PeopleProviderSettings {
  readonly issuer: string;
  readonly way: SignInWay;
  readonly key: SigningKey;
  /** The console: its client, and the address at which people use it. */
  readonly client: { readonly id: string; readonly secret: string };
  readonly consoleUrl: string;
}

/**
 * One OpenID provider for people, with its page: authorization code with PKCE, RS256 access tokens for the platform, refresh
 * tokens, sign-out on demand. What it knows is in memory: everybody signs in again after a restart.
 */
export function createPeopleProvider(settings: PeopleProviderSettings): Express {
  const { way } = settings;
  const provider = createProvider(settings);
  const app = express();
  app.disable('x-powered-by');
  const form = (uid: string): string => `${new URL(settings.issuer).pathname}/interaction/${uid}`;
  app.get('/interaction/:uid', async (request, response) => {
    const { uid } = await provider.interactionDetails(request, response);
    response
      .set('cache-control', 'no-store')
      .type('html')
      .send(signInPage(way, form(uid)));
  });
  app.post('/interaction/:uid', express.urlencoded({ extended: false, limit: '4kb' }), async (request, response) => {
    const { uid } = await provider.interactionDetails(request, response);
    const { identifiant } = (request.body ?? {}) as { identifiant?: unknown };
    if (!isIdentifier(identifiant)) {
      response
        .status(400)
        .type('html')
        .send(signInPage(way, form(uid), true));
      return;
    }
    const accountId = way.subjectOf(identifiant);
    const login = { accountId, amr: [...way.amr], remember: false, ...(way.acr === undefined ? {} : { acr: way.acr }) };
    await provider.interactionFinished(request, response, { login });
  });
  app.use(provider.callback());
  return app;
}

function createProvider({ issuer, way, key, client, consoleUrl }: PeopleProviderSettings): Provider {
  const claimsOf = (accountId: string) => {
    const identifier = way.identifierOf(accountId);
    const name = knownPeople[identifier]?.name ?? identifier;
    return { sub: accountId, name, preferred_username: identifier, ...way.claimsOf(identifier) };
  };
  // Cookies know no port nor issuer: the two providers and the console share one host in a trial.
  const cookie = (name: string): string => `sim${way.path.replaceAll('/', '-')}-${name}`;
  return new Provider(issuer, {
    adapter: KeptInMemory,
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [new URL('/auth/callback', consoleUrl).href],
        post_logout_redirect_uris: [new URL('/', consoleUrl).href],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [key] },
    cookies: {
      keys: [randomUUID()],
      names: { session: cookie('session'), interaction: cookie('interaction'), resume: cookie('resume') },
    },
    claims: {
      openid: ['sub', 'acr', 'amr'],
      profile: ['name', 'preferred_username', ...Object.keys(way.claimsOf(''))],
    },
    ...(way.acr === undefined ? {} : { acrValues: [way.acr] }),
    pkce: { required: () => true },
    interactions: {
      url: (_context, interaction) => `${new URL(issuer).pathname}/interaction/${interaction.uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience,
          accessTokenTTL: tokenSeconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => void (context.body = signOutPage(form)),
        postLogoutSuccessSource: (context) => void (context.body = signedOutPage()),
      },
    },
    renderError: (context, { error, error_description: text }) => {
      context.type = 'html';
      context.body = errorPage(error, text);
    },
    findAccount: (_context, accountId) => ({ accountId, claims: () => claimsOf(accountId) }),
    loadExistingGrant: (context) => grantEverything(context),
    issueRefreshToken: () => true,
    extraTokenClaims: (_context, token) => {
      if (token.kind !== 'AccessToken') return undefined;
      const { sub: _sub, ...claims } = claimsOf(token.accountId);
      return { ...claims, amr: [...way.amr], ...(way.acr === undefined ? {} : { acr: way.acr }) };
    },
    ttl: {
      AccessToken: tokenSeconds,
      AuthorizationCode: 60,
      IdToken: tokenSeconds,
      Interaction: 600,
      ...{ Grant: daySeconds, RefreshToken: daySeconds, Session: daySeconds },
    },
  });
}

/** Nobody is asked whether the console may know them: it is the hospital's own. */
async function grantEverything(context: KoaContextWithOIDC) {
  const { client, session, provider } = context.oidc;
  if (!client || !session?.accountId) return undefined;
  const known = session.grantIdFor(client.clientId);
  const existing = known === undefined ? undefined : await provider.Grant.find(known);
  if (existing) return existing;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope('openid profile');
  grant.addResourceScope(resource, '');
  await grant.save();
  return grant;
}
