import type { DynamicModule } from '@nestjs/common';
import { ContentStore, PostgresContentStore } from '@pfi/platform-content';
import { FrameIntake, keepProtocolFault, MessageJournal, rejectsController } from '@pfi/platform-intake';
import { Database, JobRunner } from '@pfi/platform-postgres';
import { mllpListener, type ServiceParts, type ServicePlatform } from '@pfi/platform-service';
import type { DocumentsConfig } from './config.js';
import { IdentityConsumer } from './consumers/identity.consumer.js';
import { OutcomesConsumer } from './consumers/outcomes.consumer.js';
import { DeliveryOutcomes } from './deliveries/delivery-outcomes.js';
import { GoAhead } from './deliveries/go-ahead.js';
import { IdentityFollowing } from './deliveries/identity-following.js';
import { Judgement } from './deliveries/judgement.js';
import { OperatorActions } from './deliveries/operator-actions.js';
import { Settlement } from './deliveries/settlement.js';
import { Feedback, ZAM_QUEUE } from './feedback/feedback.js';
import { ZamSender } from './feedback/zam.sender.js';
import { DocumentsController } from './http/documents.controller.js';
import { GatewaysController } from './http/gateways.controller.js';
import { documentIntake } from './intake/document-intake.js';
import { DocumentMessageReader } from './intake/document-message.reader.js';
import { DocumentRecorder } from './intake/document-recorder.js';
import { DocumentsMllp } from './mllp/documents.mllp.js';
import { DocumentRepository } from './persistence/document.repository.js';
import { IdentityReadModel } from './persistence/identity-read-model.js';
import { LineageRepository } from './persistence/lineage.repository.js';
import { StayReadModel } from './persistence/stay-read-model.js';

class DocumentsModule {}

/** Puts the documents service together: the only place that knows every part. */
export function documentsParts(platform: ServicePlatform, config: DocumentsConfig): ServiceParts {
  const { ght, database, outbox, jobs, logger } = platform;
  const repository = new DocumentRepository();
  const identities = new IdentityReadModel();
  const lineages = new LineageRepository();
  const stays = new StayReadModel();
  const contents = new PostgresContentStore(platform.contentDatabase);
  const feedback = new Feedback(jobs, ght);
  const judgement = new Judgement(ght);
  const settlement = new Settlement(judgement, repository, identities, contents, outbox, feedback);
  const recorder = new DocumentRecorder(ght, repository, lineages, identities, stays, contents, judgement, settlement);
  const reader = new DocumentMessageReader(ght, config.PFI_ENVIRONMENT);
  const journal = new MessageJournal();
  const intake = documentIntake(ght, database, journal, reader, recorder, logger);
  const zam = new ZamSender(ght, database, repository);
  const { retry } = ght.file.delays;

  const module: DynamicModule = {
    module: DocumentsModule,
    controllers: [DocumentsMllp, IdentityConsumer, OutcomesConsumer, DocumentsController, rejectsController('api/documents/v1/rejects'), GatewaysController],
    providers: [
      { provide: Database, useValue: database },
      { provide: ContentStore, useValue: contents },
      { provide: DocumentRepository, useValue: repository },
      { provide: FrameIntake, useValue: intake },
      { provide: IdentityFollowing, useValue: new IdentityFollowing(identities, stays, lineages, repository, settlement) },
      { provide: DeliveryOutcomes, useValue: new DeliveryOutcomes(repository, settlement, feedback) },
      { provide: GoAhead, useValue: new GoAhead(database, repository, settlement, judgement, contents) },
      { provide: OperatorActions, useValue: new OperatorActions(database, repository, settlement, outbox) },
    ],
  };
  return {
    module,
    strategies: [mllpListener(config, keepProtocolFault(database, journal))],
    runners: [
      new JobRunner({
        database: platform.systemDatabase,
        queue: ZAM_QUEUE,
        jobs,
        handler: (job: Parameters<ZamSender['handle']>[0]) => zam.handle(job),
        unexpected: { baseMs: retry.base, capMs: retry.cap, maxAttempts: 10 },
        onError: () => logger.warn({ queue: ZAM_QUEUE }, 'job failed'),
      }),
    ],
    closing: [{ name: 'zam', stop: () => zam.close() }],
  };
}

