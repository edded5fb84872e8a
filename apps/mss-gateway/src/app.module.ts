import type { DynamicModule } from '@nestjs/common';
import { mailClaimSchema } from '@pfi/contracts';
import { DeliveryRequests, DeliveryRequestsConsumer, GoAheadClient, RequestsCheck } from '@pfi/platform-go-ahead';
import { MachineTokens } from '@pfi/platform-http';
import { CircuitBreaker, Database, DestinationSlots, JobRunner } from '@pfi/platform-postgres';
import { circuitSettings, TenantAudit, type ServiceParts, type ServicePlatform } from '@pfi/platform-service';
import { Ght } from '@pfi/platform-settings';
import { runInTrace } from '@pfi/platform-telemetry';
import type { MssGatewayConfig } from './config.js';
import { Directory } from './gateways/annuaire/directory.js';
import { MailboxAccesses } from './gateways/mailbox-access.js';
import { SmtpConnections } from './gateways/smtp/smtp-connections.js';
import { MailboxesController } from './http/mailboxes.controller.js';
import { MessagesController } from './http/messages.controller.js';
import { MessageRepository } from './persistence/message.repository.js';
import { ReceivedMailRepository } from './persistence/received-mail.repository.js';
import { MailboxWatch } from './reception/mailbox-watch.js';
import { Reception } from './reception/reception.js';
import { MailBuilder } from './sending/mail-builder.js';
import { MailLedger, type Job } from './sending/mail-ledger.js';
import { MAIL_QUEUE, mailRequests } from './sending/mail-requests.js';
import { Mailing, MAX_UNEXPECTED, SMTP_DESTINATION } from './sending/mailing.js';
import { Patience } from './sending/patience.js';
import { outcomesRepublication } from './sending/republication.js';

class MssGatewayModule {}

/** Puts the MSSanté gateway together: the only place that knows every part. */
export function mssGatewayParts(platform: ServicePlatform, config: MssGatewayConfig): ServiceParts {
  const { ght, database, systemDatabase, outbox, jobs, logger } = platform;
  const { delays, mss, circuitBreaker } = ght.file;
  const repository = new MessageRepository();
  const receivedMails = new ReceivedMailRepository();
  const tokens = new MachineTokens({
    issuer: config.PFI_OIDC_MACHINE_ISSUER,
    clientId: config.PFI_OIDC_CLIENT_ID,
    clientSecretFile: config.PFI_OIDC_CLIENT_SECRET_FILE,
  });
  const documents = new GoAheadClient(config.PFI_DOCUMENTS_URL, tokens, mailClaimSchema);
  const accesses = new MailboxAccesses(ght, config.PFI_SECRETS_DIR);
  const smtp = new SmtpConnections(ght, accesses, { url: config.PFI_MSS_SMTP_URL, ca: config.PFI_MSS_CA_FILE });
  const directory = new Directory(ght, { url: config.PFI_ANNUAIRE_URL, apiKey: config.PFI_ANNUAIRE_API_KEY_FILE });
  const breaker = new CircuitBreaker({
    database: systemDatabase,
    settings: circuitSettings(circuitBreaker),
  });
  const slots = new DestinationSlots({
    database: systemDatabase,
    slots: mss.concurrency.perOwner,
    onError: () => logger.warn({ destination: SMTP_DESTINATION }, 'slots not renewed'),
  });
  const ledger = new MailLedger(database, repository, outbox);
  const mailing = new Mailing({
    ...{ ght, ledger, documents, directory, smtp, breaker },
    builder: new MailBuilder(ght, documents),
    slots,
    patience: new Patience(ght, ledger, logger),
  });
  const requestsCheck = new RequestsCheck({
    ...{ documents, database },
    channels: ['mss-pro', 'mss-patient'],
    owners: ght.owners(),
    lost: (tx, requests) => repository.lost(tx, requests),
  });
  const module: DynamicModule = {
    module: MssGatewayModule,
    controllers: [DeliveryRequestsConsumer, MessagesController, MailboxesController],
    providers: [
      { provide: Database, useValue: database },
      { provide: Ght, useValue: ght },
      { provide: TenantAudit, useValue: platform.audit },
      { provide: MessageRepository, useValue: repository },
      { provide: ReceivedMailRepository, useValue: receivedMails },
      { provide: CircuitBreaker, useValue: breaker },
      { provide: DeliveryRequests, useValue: mailRequests(ght, repository, jobs) },
    ],
  };
  return {
    module,
    runners: [
      new JobRunner({
        database: systemDatabase,
        queue: MAIL_QUEUE,
        destination: SMTP_DESTINATION,
        jobs,
        pollMs: 2_000,
        gatherMs: 20,
        // While some exchange, as many prepare or write what became of theirs: the slots limit the exchanges.
        perOwner: 2 * mss.concurrency.perOwner,
        concurrency: mss.concurrency.total,
        handler: (job: Job) => runInTrace('job mail', job.traceparent ?? undefined, () => mailing.handle(job)),
        unexpected: { baseMs: delays.retry.base, capMs: delays.retry.cap, maxAttempts: MAX_UNEXPECTED + 1 },
        onError: () => logger.warn({ queue: MAIL_QUEUE }, 'job failed'),
      }),
      new MailboxWatch({
        ...{ ght, systemDatabase, jobs, accesses, logger },
        endpoint: { url: config.PFI_MSS_IMAP_URL, ca: config.PFI_MSS_CA_FILE },
        reception: new Reception(database, repository, receivedMails, outbox),
      }),
    ],
    tasks: [{ name: 'requests-in-flight', everyMs: delays.ledger.every, run: () => requestsCheck.run() }],
    closing: [
      { name: 'slots', stop: () => slots.close() },
      { name: 'smtp', stop: async () => smtp.close() },
      { name: 'documents', stop: () => documents.close() },
      { name: 'directory', stop: () => directory.close() },
    ],
    republication: outcomesRepublication(ght, repository),
  };
}
