import type { DynamicModule } from '@nestjs/common';
import { FrameIntake, keepProtocolFault, MessageJournal, rejectsController } from '@pfi/platform-intake';
import { Database } from '@pfi/platform-postgres';
import { TenantAudit, mllpListener, type ServiceParts, type ServicePlatform } from '@pfi/platform-service';
import { Ght } from '@pfi/platform-settings';
import type { IdentityConfig } from './config.js';
import { VouchedConsumer } from './consumers/vouched.consumer.js';
import { PatientsController } from './http/patients.controller.js';
import { InsiController } from './http/insi.controller.js';
import { TasksController } from './http/tasks.controller.js';
import { insiParts } from './insi/insi.parts.js';
import { InsiRequests, noInsi } from './insi/insi-requests.js';
import { adtIntake } from './intake/adt-intake.js';
import { adtMessageReader } from './intake/adt-message.reader.js';
import { AdtMllp } from './mllp/adt.mllp.js';
import { InsiRepository } from './persistence/insi.repository.js';
import { PatientRepository } from './persistence/patient.repository.js';
import { StayRepository } from './persistence/stay.repository.js';
import { TaskRepository } from './persistence/task.repository.js';
import { IdentityRegistry } from './registry/identity-registry.js';
import { identityRepublication } from './registry/republication.js';
import { StayBook } from './registry/stay-book.js';
import { VouchedIdentities } from './registry/vouched-identities.js';
import { WorkingSetLoader } from './registry/working-set.loader.js';
import { WorkingSetWriter } from './registry/working-set.writer.js';

class IdentityModule {}

/** Puts the identity service together: the only place that knows every part. */
export function identityParts(
  platform: Pick<
    ServicePlatform,
    'audit' | 'ght' | 'database' | 'systemDatabase' | 'outbox' | 'jobs' | 'logger' | 'clock' | 'doors'
  >,
  config: IdentityConfig,
): ServiceParts {
  const { ght, database, outbox, logger } = platform;
  const patients = new PatientRepository();
  const stays = new StayRepository();
  const tasks = new TaskRepository();
  const loader = new WorkingSetLoader(patients, stays);
  const connected = config.PFI_INSI_URL !== undefined;
  const requests = connected ? new InsiRequests(ght, config.PFI_ENVIRONMENT, platform.jobs) : noInsi;
  const writer = new WorkingSetWriter(patients, stays, tasks, outbox, requests);
  const registry = new IdentityRegistry(ght, config.PFI_ENVIRONMENT, loader, writer, new StayBook(ght));
  const insi = insiParts(platform, config, { loader, writer });
  const journal = new MessageJournal();
  const reader = adtMessageReader(ght, config.PFI_ENVIRONMENT);

  const module: DynamicModule = {
    module: IdentityModule,
    controllers: [
      AdtMllp,
      VouchedConsumer,
      PatientsController,
      TasksController,
      InsiController,
      rejectsController('api/identity/v1/rejects'),
    ],
    providers: [
      { provide: Database, useValue: database },
      { provide: TenantAudit, useValue: platform.audit },
      { provide: Ght, useValue: ght },
      { provide: TaskRepository, useValue: tasks },
      { provide: InsiRepository, useValue: insi.repository },
      { provide: FrameIntake, useValue: adtIntake(ght, database, journal, reader, registry, logger) },
      { provide: VouchedIdentities, useValue: new VouchedIdentities(loader, writer) },
    ],
  };
  return {
    module,
    strategies: [platform.doors.watch(mllpListener(config, keepProtocolFault(database, journal)))],
    runners: insi.runners,
    closing: insi.closing,
    republication: identityRepublication(ght, patients, stays),
  };
}
