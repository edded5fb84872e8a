import type { DynamicModule } from '@nestjs/common';
import { Database } from '@pfi/platform-postgres';
import type { ServiceParts, ServicePlatform } from '@pfi/platform-service';
import type { IndicatorsConfig } from './config.js';
import { DocumentsConsumer } from './consumers/documents.consumer.js';
import { IdentityConsumer } from './consumers/identity.consumer.js';
import { OutcomesConsumer } from './consumers/outcomes.consumer.js';
import { Reception } from './consumers/reception.js';
import { PublishedDefinitions } from './definitions/published-definitions.js';
import { IndicatorsController } from './http/indicators.controller.js';
import { OrphansController } from './http/orphans.controller.js';
import { Perimeters } from './http/perimeters.js';
import { Judging } from './judging/judging.js';
import { Projection } from './persistence/projection.js';

class IndicatorsModule {}

/** Puts the indicators service together: the only place that knows every part. Judging runs from now on. */
export function indicatorsParts(
  platform: Pick<ServicePlatform, 'audit' | 'ght' | 'database' | 'systemDatabase' | 'jobs' | 'logger'>,
  _config: IndicatorsConfig,
): ServiceParts {
  const { ght, database, systemDatabase, logger, audit } = platform;
  const definitions = new PublishedDefinitions(ght.file.indicators);
  const judging = new Judging({
    database,
    systemDatabase,
    scopesOf: (owner) => ght.scopesOfOwner(owner),
    owners: () => ght.owners(),
    definitions: definitions.all.map(({ definition }) => definition),
    definitionsHash: definitions.hash,
    logger,
  });
  judging.start();

  const module: DynamicModule = {
    module: IndicatorsModule,
    controllers: [IdentityConsumer, DocumentsConsumer, OutcomesConsumer, IndicatorsController, OrphansController],
    providers: [
      { provide: Database, useValue: database },
      { provide: Projection, useValue: new Projection() },
      { provide: Reception, useValue: new Reception(judging) },
      { provide: PublishedDefinitions, useValue: definitions },
      { provide: Perimeters, useValue: new Perimeters(ght, audit) },
    ],
  };
  return { module, closing: [{ name: 'judging', stop: () => judging.stop() }] };
}
