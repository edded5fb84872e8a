import type { InsEnvironment } from '@pfi/health';
import type { ContentStore } from '@pfi/platform-content';
import { MessageJournal } from '@pfi/platform-intake';
import type { Outbox } from '@pfi/platform-messaging';
import type { Database, JobQueue } from '@pfi/platform-postgres';
import type { DoorPressure } from '@pfi/platform-service';
import type { Ght } from '@pfi/platform-settings';
import type { Logger } from '@pfi/platform-telemetry';
import { ArtefactMaker } from './deliveries/artefact-maker.js';
import { DeliveryOutcomes } from './deliveries/delivery-outcomes.js';
import { GoAhead } from './deliveries/go-ahead.js';
import { IdentityFollowing } from './deliveries/identity-following.js';
import { Judgement } from './deliveries/judgement.js';
import { OperatorActions } from './deliveries/operator-actions.js';
import { Settlement } from './deliveries/settlement.js';
import { WaitingSweep } from './deliveries/waiting-sweep.js';
import { Withdrawals } from './deliveries/withdrawals.js';
import { Feedback } from './feedback/feedback.js';
import { ZamSender } from './feedback/zam.sender.js';
import { DocumentAdmission } from './intake/document-admission.js';
import { documentIntake } from './intake/document-intake.js';
import { documentMessageReader } from './intake/document-message.reader.js';
import { DocumentRecorder } from './intake/document-recorder.js';
import { DepositDoor } from './intake/rest/deposit-door.js';
import { DepositReader } from './intake/rest/deposit-reader.js';
import { LedgerCheck } from './ledger/ledger-check.js';
import { RequestsInFlight } from './ledger/requests-in-flight.js';
import { DocumentRepository } from './persistence/document.repository.js';
import { IdentityReadModel } from './persistence/identity-read-model.js';
import { LedgerRepository } from './persistence/ledger.repository.js';
import { LineageRepository } from './persistence/lineage.repository.js';
import { StayReadModel } from './persistence/stay-read-model.js';

/** What the parts of this service stand on. */
export interface Ground {
  readonly ght: Ght;
  readonly environment: InsEnvironment;
  readonly database: Database;
  readonly contents: ContentStore;
  readonly outbox: Outbox;
  readonly jobs: JobQueue;
  readonly logger: Logger;
  readonly doors: Pick<DoorPressure, 'relief'>;
}

/** Every part of the documents service, put together; no transport, no framework. */
export function buildParts({ ght, environment, database, contents, outbox, jobs, logger, doors }: Ground) {
  const repository = new DocumentRepository();
  const identities = new IdentityReadModel();
  const lineages = new LineageRepository();
  const stays = new StayReadModel();
  const ledger = new LedgerRepository();
  const journal = new MessageJournal();
  const feedback = new Feedback(jobs, ght);
  const judgement = new Judgement(ght, environment);
  const maker = new ArtefactMaker(contents);
  const settlement = new Settlement(judgement, repository, identities, maker, outbox, feedback);
  const withdrawals = new Withdrawals(repository, settlement, outbox);
  const recorder = new DocumentRecorder({
    ...{ ght, repository, lineages, ledger, identities, stays, contents, settlement, withdrawals, outbox },
  });
  const admission = new DocumentAdmission(ght, environment);
  const reader = documentMessageReader(ght, admission);
  const following = new IdentityFollowing(identities, stays, lineages, repository, settlement);
  return {
    repository,
    journal,
    following,
    intake: documentIntake(ght, database, journal, reader, recorder, logger),
    deposits: new DepositDoor(ght, database, journal, new DepositReader(ght, admission), recorder),
    outcomes: new DeliveryOutcomes(repository, settlement, feedback),
    goAhead: new GoAhead(database, repository, settlement, judgement, maker, doors),
    actions: new OperatorActions(ght, database, repository, settlement, outbox, withdrawals),
    sweep: new WaitingSweep(ght, database, repository, following, settlement, logger),
    ledger: new LedgerCheck(ght, database, ledger, logger),
    inFlight: new RequestsInFlight(ght, database, ledger),
    zam: new ZamSender(ght, database, repository),
  };
}
