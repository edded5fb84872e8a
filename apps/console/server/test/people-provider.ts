import { createServer, type Server } from 'node:http';
import { freePort } from '@pfi/platform-testing';
import { generateKeyPair, exportJWK } from 'jose';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

const resource = 'urn:pfi';
const client = { id: 'pfi-console', secret: 'secret-of-the-console' };

/** Whoever comes next is this person. */
export interface NextPerson {
  readonly subject: string;
  /** Further claims of the access token. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly acr?: string;
}

/** An OpenID provider (independent software) whose visitors are signed in at once as `next` says. */
export class PeopleProvider {
  next: NextPerson = { subject: 'nobody' };
  /** Token requests by grant type. */
  readonly grants: string[] = [];
  #server: Server | undefined;

  private constructor(
    readonly issuer: string,
    private readonly port: number,
    private readonly provider: Provider,
  ) {}

  static async start(consoleUrl: string, tokenSeconds = 600): Promise<PeopleProvider> {
    const port = await freePort();
    const issuer = `http://127.0.0.1:${port}`;
    const signing = await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey);
    const people = new Map<string, NextPerson>();
    const claimsOf = (subject: string) => people.get(subject)?.claims ?? {};
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          redirect_uris: [new URL('/auth/callback', consoleUrl).href],
          post_logout_redirect_uris: [new URL('/', consoleUrl).href],
        },
      ],
      acrValues: ['eidas1', 'low'],
      claims: { openid: ['sub', 'acr'] },
      jwks: { keys: [{ ...signing, kid: 'one', use: 'sig', alg: 'RS256' }] },
      cookies: { keys: ['test'] },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      features: {
        devInteractions: { enabled: false },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => resource,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: '',
            audience: 'pfi',
            accessTokenTTL: tokenSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      loadExistingGrant: grantEverything,
      issueRefreshToken: () => true,
      ttl: {
        AccessToken: tokenSeconds,
        AuthorizationCode: 60,
        IdToken: 600,
        Interaction: 600,
        Grant: 3_600,
        RefreshToken: 3_600,
        Session: 3_600,
      },
      extraTokenClaims: (_context, token) => {
        const subject = 'accountId' in token ? token.accountId : '';
        const acr = people.get(subject)?.acr;
        return { ...claimsOf(subject), ...(acr === undefined ? {} : { acr }) };
      },
    });
    const running = new PeopleProvider(issuer, port, provider);
    provider.use(async (context, next) => {
      if (context.path.startsWith('/interaction/')) {
        const { subject, acr } = running.next;
        people.set(subject, running.next);
        const login = { accountId: subject, ...(acr === undefined ? {} : { acr }) };
        await provider.interactionFinished(context.req, context.res, { login });
        context.respond = false;
        return;
      }
      await next();
      if (context.path === '/token') running.grants.push(String(context.oidc?.params?.['grant_type']));
    });
    await running.resume();
    return running;
  }

  /** A file's content for PFI_OIDC_CLIENT_SECRET_FILE. */
  static readonly client = client;

  /** Away, as in an outage; what it knows is kept. */
  async pause(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      if (!server) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async resume(): Promise<void> {
    const server = createServer(this.provider.callback());
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.#server = server;
  }
}

async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { client: known, session, provider } = oidc;
  if (!known || !session?.accountId) return undefined;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: known.clientId });
  grant.addOIDCScope('openid profile');
  grant.addResourceScope(resource, '');
  await grant.save();
  return grant;
}
