import type { DynamicModule } from '@nestjs/common';
import { dmpClaimSchema } from '@pfi/contracts';
import { DeliveryRequests, DeliveryRequestsConsumer, GoAheadClient, RequestsCheck } from '@pfi/platform-go-ahead';
import { MachineTokens } from '@pfi/platform-http';
import { CircuitBreaker, Database, DestinationSlots, JobRunner } from '@pfi/platform-postgres';
import { circuitSettings, TenantAudit, type ServiceParts, type ServicePlatform } from '@pfi/platform-service';
import { runInTrace } from '@pfi/platform-telemetry';
import type { DmpGatewayConfig } from './config.js';
import { Deposit, DMP_DESTINATION, MAX_UNEXPECTED } from './deposit/deposit.js';
import { depositParts } from './deposit/deposit.parts.js';
import { DepositLedger } from './deposit/deposit-ledger.js';
import { DEPOSIT_QUEUE, depositRequests } from './deposit/deposit-requests.js';
import { DmpConnections } from './gateways/dmp-connection.js';
import { outcomesRepublication } from './deposit/republication.js';
import { SubmissionsController } from './http/submissions.controller.js';
import { SubmissionRepository } from './persistence/submission.repository.js';

class DmpGatewayModule {}

/** Puts the DMP gateway together: the only place that knows every part. */
export function dmpGatewayParts(platform: ServicePlatform, config: DmpGatewayConfig): ServiceParts {
  const { ght, database, systemDatabase, outbox, jobs, logger } = platform;
  const { delays, dmp, circuitBreaker } = ght.file;
  const slots = new DestinationSlots({
    database: systemDatabase,
    slots: dmp.concurrency.perOwner,
    onError: () => logger.warn({ destination: DMP_DESTINATION }, 'slots not renewed'),
  });
  const repository = new SubmissionRepository();
  const tokens = new MachineTokens({
    issuer: config.PFI_OIDC_MACHINE_ISSUER,
    clientId: config.PFI_OIDC_CLIENT_ID,
    clientSecretFile: config.PFI_OIDC_CLIENT_SECRET_FILE,
  });
  const documents = new GoAheadClient(config.PFI_DOCUMENTS_URL, tokens, dmpClaimSchema);
  const connections = new DmpConnections(
    ght,
    {
      repositoryUrl: config.PFI_DMP_REPOSITORY_URL,
      registryUrl: config.PFI_DMP_REGISTRY_URL,
      ca: config.PFI_DMP_CA_FILE,
      secretsDir: config.PFI_SECRETS_DIR,
    },
    platform.clock,
  );
  const breaker = new CircuitBreaker({
    database: systemDatabase,
    settings: circuitSettings(circuitBreaker),
  });
  const deposit = new Deposit(
    depositParts(ght, connections, new DepositLedger(database, repository, outbox), {
      documents,
      breaker,
      slots,
    }),
  );
  const requestsCheck = new RequestsCheck({
    ...{ documents, database },
    channels: ['dmp'],
    owners: ght.owners(),
    lost: (tx, requests) => repository.lost(tx, requests),
  });
  const module: DynamicModule = {
    module: DmpGatewayModule,
    controllers: [DeliveryRequestsConsumer, SubmissionsController],
    providers: [
      { provide: Database, useValue: database },
      { provide: TenantAudit, useValue: platform.audit },
      { provide: SubmissionRepository, useValue: repository },
      { provide: CircuitBreaker, useValue: breaker },
      { provide: DeliveryRequests, useValue: depositRequests(ght, repository, jobs) },
    ],
  };
  return {
    module,
    runners: [
      new JobRunner({
        database: systemDatabase,
        queue: DEPOSIT_QUEUE,
        destination: DMP_DESTINATION,
        jobs,
        pollMs: 2_000,
        // While some exchange, as many prepare or write what became of theirs: the slots limit the exchanges.
        perOwner: 2 * dmp.concurrency.perOwner,
        concurrency: dmp.concurrency.total,
        handler: (job: Parameters<Deposit['handle']>[0]) =>
          runInTrace('job deposit', job.traceparent ?? undefined, () => deposit.handle(job)),
        unexpected: { baseMs: delays.retry.base, capMs: delays.retry.cap, maxAttempts: MAX_UNEXPECTED + 1 },
        onError: () => logger.warn({ queue: DEPOSIT_QUEUE }, 'job failed'),
      }),
    ],
    tasks: [{ name: 'requests-in-flight', everyMs: delays.ledger.every, run: () => requestsCheck.run() }],
    closing: [
      { name: 'slots', stop: () => slots.close() },
      { name: 'documents', stop: () => documents.close() },
      { name: 'dmp', stop: () => connections.close() },
    ],
    republication: outcomesRepublication(ght, repository),
  };
}
