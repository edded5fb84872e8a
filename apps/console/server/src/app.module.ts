import type { DynamicModule } from '@nestjs/common';
import { TokenVerifier, type AuthOptions } from '@pfi/platform-http';
import type { Database } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { Logger } from '@pfi/platform-telemetry';
import type { ConsoleConfig } from './config.js';
import { AsyncApiController } from './http/async-api.controller.js';
import { Cookies } from './http/cookies.js';
import { CONSOLE_LOGGER, SESSION_MAX, TOPIC_PREFIX } from './http/tokens.js';
import { ProxyController } from './proxy/proxy.controller.js';
import { ServiceClients } from './proxy/service-clients.js';
import { SessionTable } from './sessions/session-table.js';
import { Sessions } from './sessions/sessions.js';
import { PeopleProvider } from './sign-in/people-provider.js';
import { Providers } from './sign-in/providers.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { SiteController } from './site/site.controller.js';
import { SiteFiles } from './site/site-files.js';

class ConsoleModule {}

export interface ConsoleParts {
  readonly module: DynamicModule;
  readonly auth: AuthOptions;
  readonly services: ServiceClients;
}

/** Wires the console's server on an open database. */
export function consoleParts(config: ConsoleConfig, ght: Ght, database: Database, logger: Logger): ConsoleParts {
  const auth: AuthOptions = {
    issuers: config.PFI_OIDC_ISSUERS,
    people: ght.file.people,
    expandScopes: (scopes) => [...ght.expandScopes(scopes)],
  };
  const verifier = new TokenVerifier(auth);
  const publicUrl = config.PFI_CONSOLE_PUBLIC_URL;
  const providers = new Providers(
    config.PFI_OIDC_ISSUERS.map(
      (issuer) =>
        new PeopleProvider({
          ...{ issuer, publicUrl, verifier },
          clientId: config.PFI_OIDC_CLIENT_ID,
          clientSecretFile: config.PFI_OIDC_CLIENT_SECRET_FILE,
        }),
    ),
  );
  const limits = { maxMs: config.PFI_CONSOLE_SESSION_MAX, idleMs: config.PFI_CONSOLE_SESSION_IDLE };
  const services = new ServiceClients(
    {
      identity: config.PFI_IDENTITY_URL,
      documents: config.PFI_DOCUMENTS_URL,
      dmp: config.PFI_DMP_GATEWAY_URL,
      mss: config.PFI_MSS_GATEWAY_URL,
      indicators: config.PFI_INDICATORS_URL,
    },
    config.PFI_CONSOLE_SERVICE_TIMEOUT,
  );
  return {
    auth,
    services,
    module: {
      module: ConsoleModule,
      // The site last: it answers every address that nobody else does.
      controllers: [SignInController, ProxyController, AsyncApiController, SiteController],
      providers: [
        { provide: TokenVerifier, useValue: verifier },
        { provide: Providers, useValue: providers },
        { provide: Sessions, useValue: new Sessions(new SessionTable(database, limits), providers) },
        { provide: Cookies, useValue: new Cookies(publicUrl) },
        { provide: ServiceClients, useValue: services },
        { provide: SiteFiles, useValue: new SiteFiles(config.PFI_CONSOLE_SITE_DIR) },
        { provide: CONSOLE_LOGGER, useValue: logger },
        { provide: SESSION_MAX, useValue: config.PFI_CONSOLE_SESSION_MAX },
        { provide: TOPIC_PREFIX, useValue: config.PFI_KAFKA_TOPIC_PREFIX },
      ],
    },
  };
}
