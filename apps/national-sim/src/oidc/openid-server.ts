import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import { Provider } from 'oidc-provider';
import type { FaultBoard } from '../faults/fault-board.js';
import type { MachineClient } from './machine-clients.js';
import { NothingKept } from './nothing-kept.js';
import { createPeopleProvider } from './people-provider.js';
import { signInWays } from './sign-in-ways.js';
import type { SigningKey } from './signing-keys.js';

const audience = 'pfi';
const tokenSeconds = 600;

export interface OpenIdSettings {
  /** Exactly what the services expect in `iss`. */
  readonly issuer: string;
  readonly clients: readonly MachineClient[];
  readonly key: SigningKey;
  /** Address at which people use the console, where sign-ins come back. */
  readonly consoleUrl: string;
}

/** The console at the providers of people; its secret is its name. */
const consoleClient = { id: 'pfi-console', secret: 'pfi-console' };

/**
 * An OpenID provider for machines (client credentials, RS256 access tokens with the claims of the platform) and, under its own
 * path, one for people for each way to sign in.
 */
export function createOpenIdServer(settings: OpenIdSettings, faults: FaultBoard): Server {
  const { issuer, key, consoleUrl } = settings;
  const app = express();
  app.disable('x-powered-by');
  for (const way of signInWays) {
    const provider = createPeopleProvider({
      issuer: `${issuer}${way.path}`,
      way,
      key,
      client: consoleClient,
      consoleUrl,
    });
    app.use(way.path, provider);
  }
  app.use(createProvider(settings).callback());
  return createServer((request, response) => {
    meetFaults(request, response, faults)
      .then((ended) => (ended ? undefined : app(request, response)))
      .catch(() => request.socket.destroy());
  });
}

function createProvider({ issuer, clients, key }: OpenIdSettings): Provider {
  const rights = new Map(clients.map(({ clientId, scopes, roles }) => [clientId, { scopes, roles }]));
  return new Provider(issuer, {
    adapter: NothingKept,
    clients: clients.map(({ clientId, secret }) => ({
      client_id: clientId,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    })),
    jwks: { keys: [key] },
    cookies: { keys: [randomUUID()] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:pfi',
        getResourceServerInfo: () => ({
          scope: '',
          audience,
          accessTokenTTL: tokenSeconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => {
      const clientId = token.clientId ?? '';
      const { scopes, roles } = rights.get(clientId) ?? { scopes: [], roles: [] };
      return { azp: clientId, pfi_scopes: scopes, pfi_roles: roles };
    },
    ttl: { ClientCredentials: tokenSeconds },
  });
}

/** True when a fault ended the request. */
async function meetFaults(request: IncomingMessage, response: ServerResponse, faults: FaultBoard): Promise<boolean> {
  const clientId = basicClientId(request.headers.authorization);
  const { delayMs, effect } = faults.take('oidc', clientId === undefined ? {} : { clientId });
  if (delayMs > 0) await delay(delayMs);
  if (effect?.kind === 'http-status') response.writeHead(effect.code).end();
  else if (effect) request.socket.destroy();
  return effect !== null;
}

function basicClientId(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || credentials === undefined) return undefined;
  return decodeURIComponent(Buffer.from(credentials, 'base64').toString('utf8').split(':')[0] ?? '');
}
