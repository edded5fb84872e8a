import type { DynamicModule } from '@nestjs/common';
import { ContentStore, PostgresContentStore } from '@pfi/platform-content';
import { FrameIntake, keepProtocolFault, rejectsController } from '@pfi/platform-intake';
import { Database, JobRunner } from '@pfi/platform-postgres';
import { TenantAudit, mllpListener, type ServiceParts, type ServicePlatform } from '@pfi/platform-service';
import type { DocumentsConfig } from './config.js';
import { IdentityConsumer } from './consumers/identity.consumer.js';
import { MailOutcomesConsumer } from './consumers/mail-outcomes.consumer.js';
import { OutcomesConsumer } from './consumers/outcomes.consumer.js';
import { DeliveryOutcomes } from './deliveries/delivery-outcomes.js';
import { GoAhead } from './deliveries/go-ahead.js';
import { IdentityFollowing } from './deliveries/identity-following.js';
import { OperatorActions } from './deliveries/operator-actions.js';
import { documentsRepublication } from './deliveries/republication.js';
import { ZAM_QUEUE } from './feedback/feedback.js';
import type { ZamSender } from './feedback/zam.sender.js';
import { buildParts } from './documents.parts.js';
import { ActivityController } from './http/activity.controller.js';
import { DepositsController } from './http/deposits.controller.js';
import { DocumentsController } from './http/documents.controller.js';
import { GatewaysController } from './http/gateways.controller.js';
import { LedgerController } from './http/ledger.controller.js';
import { DepositDoor } from './intake/rest/deposit-door.js';
import { LedgerCheck } from './ledger/ledger-check.js';
import { RequestsInFlight } from './ledger/requests-in-flight.js';
import { DocumentsMllp } from './mllp/documents.mllp.js';
import { DocumentRepository } from './persistence/document.repository.js';

class DocumentsModule {}

/** Puts the documents service together: the only place that knows every part. */
export function documentsParts(platform: ServicePlatform, config: DocumentsConfig): ServiceParts {
  const { doors, ght, database, outbox, jobs, logger } = platform;
  const contents = new PostgresContentStore(platform.contentDatabase);
  const environment = config.PFI_ENVIRONMENT;
  const parts = buildParts({ ght, environment, database, contents, outbox, jobs, logger, doors });
  const { retry } = ght.file.delays;

  const module: DynamicModule = {
    module: DocumentsModule,
    controllers: [
      DocumentsMllp,
      IdentityConsumer,
      OutcomesConsumer,
      MailOutcomesConsumer,
      DocumentsController,
      ActivityController,
      LedgerController,
      DepositsController,
      rejectsController('api/documents/v1/rejects'),
      GatewaysController,
    ],
    providers: [
      { provide: Database, useValue: database },
      { provide: TenantAudit, useValue: platform.audit },
      { provide: ContentStore, useValue: contents },
      { provide: DocumentRepository, useValue: parts.repository },
      { provide: FrameIntake, useValue: parts.intake },
      { provide: IdentityFollowing, useValue: parts.following },
      { provide: DeliveryOutcomes, useValue: parts.outcomes },
      { provide: GoAhead, useValue: parts.goAhead },
      { provide: OperatorActions, useValue: parts.actions },
      { provide: DepositDoor, useValue: parts.deposits },
      { provide: LedgerCheck, useValue: parts.ledger },
      { provide: RequestsInFlight, useValue: parts.inFlight },
    ],
  };
  return {
    module,
    strategies: [platform.doors.watch(mllpListener(config, keepProtocolFault(database, parts.journal)))],
    runners: [
      new JobRunner({
        database: platform.systemDatabase,
        queue: ZAM_QUEUE,
        jobs,
        pollMs: 2_000,
        // An address takes one message at a time; the others are those whose answer is being written.
        perOwner: 32,
        handler: (job: Parameters<ZamSender['handle']>[0]) => parts.zam.handle(job),
        unexpected: { baseMs: retry.base, capMs: retry.cap, maxAttempts: 10 },
        onError: () => logger.warn({ queue: ZAM_QUEUE }, 'job failed'),
      }),
    ],
    tasks: [
      { name: 'waiting-sweep', everyMs: 60_000, run: async () => void (await parts.sweep.run()) },
      { name: 'ledger', everyMs: parts.ledger.everyMs, run: async () => void (await parts.ledger.run()) },
    ],
    closing: [{ name: 'zam', stop: () => parts.zam.close() }],
    republication: documentsRepublication(ght, parts.repository),
  };
}
