import type { DynamicModule } from '@nestjs/common';
import { MachineTokens } from '@pfi/platform-http';
import { Database } from '@pfi/platform-postgres';
import type { ServiceParts, ServicePlatform } from '@pfi/platform-service';
import type { IndicatorsConfig } from './config.js';
import { DocumentsConsumer } from './consumers/documents.consumer.js';
import { IdentityConsumer } from './consumers/identity.consumer.js';
import { OutcomesConsumer } from './consumers/outcomes.consumer.js';
import { Reception } from './consumers/reception.js';
import { PublishedDefinitions } from './definitions/published-definitions.js';
import { OwnerGateway } from './gateways/republication/owner.gateway.js';
import { IndicatorsController } from './http/indicators.controller.js';
import { OrphansController } from './http/orphans.controller.js';
import { Perimeters } from './http/perimeters.js';
import { RebuildController } from './http/rebuild.controller.js';
import { Judging } from './judging/judging.js';
import { Projection } from './persistence/projection.js';
import { Rebuild } from './rebuild/rebuild.js';

class IndicatorsModule {}

/** Puts the indicators service together: the only place that knows every part. Judging runs from now on. */
export function indicatorsParts(
  platform: Pick<ServicePlatform, 'audit' | 'ght' | 'database' | 'systemDatabase' | 'jobs' | 'logger'>,
  config: IndicatorsConfig,
): ServiceParts {
  const { ght, database, systemDatabase, jobs, logger, audit } = platform;
  const definitions = new PublishedDefinitions(ght.file.indicators);
  const common = {
    database,
    systemDatabase,
    scopesOf: (owner: string) => ght.scopesOfOwner(owner),
    owners: () => ght.owners(),
    definitionsHash: definitions.hash,
    logger,
  };
  const judging = new Judging({ ...common, definitions: definitions.all.map(({ definition }) => definition) });
  const rebuild = new Rebuild({ ...common, jobs, sources: ownersOf(config) });
  judging.start();

  const module: DynamicModule = {
    module: IndicatorsModule,
    controllers: [
      IdentityConsumer,
      DocumentsConsumer,
      OutcomesConsumer,
      IndicatorsController,
      OrphansController,
      RebuildController,
    ],
    providers: [
      { provide: Database, useValue: database },
      { provide: Projection, useValue: new Projection() },
      { provide: Reception, useValue: new Reception(judging) },
      { provide: PublishedDefinitions, useValue: definitions },
      { provide: Rebuild, useValue: rebuild },
      { provide: Perimeters, useValue: new Perimeters(ght, audit) },
    ],
  };
  return { module, runners: [rebuild.runner], closing: [{ name: 'judging', stop: () => judging.stop() }] };
}

/** The services whose facts are counted. */
function ownersOf(config: IndicatorsConfig): OwnerGateway[] {
  const tokens = new MachineTokens({
    issuer: config.PFI_OIDC_MACHINE_ISSUER,
    clientId: config.PFI_OIDC_CLIENT_ID,
    clientSecretFile: config.PFI_OIDC_CLIENT_SECRET_FILE,
  });
  const urls = {
    identity: config.PFI_IDENTITY_URL,
    documents: config.PFI_DOCUMENTS_URL,
    'dmp-gateway': config.PFI_DMP_GATEWAY_URL,
    'mss-gateway': config.PFI_MSS_GATEWAY_URL,
  };
  return Object.entries(urls).flatMap(([service, url]) => (url ? [new OwnerGateway(service, url, tokens)] : []));
}
