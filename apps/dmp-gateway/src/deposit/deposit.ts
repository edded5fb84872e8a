import { createHash } from 'node:crypto';
import type { DeliveryClaim } from '@pfi/contracts';
import { decide, reconcile, type Decision } from '@pfi/dmp-core';
import { DomainError } from '@pfi/health';
import type { Outbox } from '@pfi/platform-messaging';
import {
  done,
  release,
  retryAt,
  retryDelay,
  type CircuitBreaker,
  type Database,
  type DestinationSlots,
  type JobOutcome,
  type RunningJob,
  type Tx,
} from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { DocumentsGateway } from '../gateways/documents/documents.gateway.js';
import type { RegistryStoredQuery } from '../gateways/iti-18-registry-stored-query/registry-stored-query.gateway.js';
import type { ProvideAndRegister } from '../gateways/iti-41-provide-and-register/provide-and-register.gateway.js';
import type { SentDocument, Submission, SubmissionRepository } from '../persistence/submission.repository.js';
import type { DepositJob } from './deposit-requests.js';
import { outcomeEvent, type FinalOutcome } from './outcome-events.js';

export const DMP_DESTINATION = 'dmp';

export interface DepositParts {
  readonly ght: Ght;
  readonly database: Database;
  readonly repository: SubmissionRepository;
  readonly outbox: Outbox;
  readonly documents: DocumentsGateway;
  readonly provideAndRegister: ProvideAndRegister;
  readonly registry: RegistryStoredQuery;
  readonly slots: DestinationSlots;
  readonly breaker: CircuitBreaker;
}

type Job = RunningJob<DepositJob>;

const SLOT_WAIT_MS = 250;

/**
 * One deposit, resumable at any instruction: the intent is durable before the first byte leaves, an unknown outcome is looked
 * up before anything is sent again, and every end is written with its event and its job in one transaction.
 */
export class Deposit {
  constructor(private readonly parts: DepositParts) {}

  async handle(job: Job): Promise<JobOutcome> {
    const submission = await this.load(job);
    if (!submission || submission.request > job.payload.request) return done('SUPERSEDED');
    if (submission.state === 'accepted') return this.finish(job, submission, accepted(submission));
    if (submission.state === 'ready' && isExpired(job, this.parts.ght)) return this.finish(job, submission, EXPIRED);

    const slot = await this.parts.slots.acquire(DMP_DESTINATION, job.owner);
    if (!slot) return release(inMs(SLOT_WAIT_MS * (0.5 + Math.random())), 'NO_SLOT');
    try {
      const permit = await this.parts.breaker.permit(DMP_DESTINATION, job.owner);
      if (!permit.allowed) return release(permit.nextProbeAt, 'CIRCUIT_OPEN');
      // `sending` here means that another run died between intent and answer.
      const mayBeThere = submission.state === 'sending' || submission.state === 'unknown';
      return mayBeThere && submission.sent
        ? await this.lookUp(job, submission, submission.sent, permit)
        : await this.send(job, submission, permit);
    } finally {
      await slot.release();
    }
  }

  private async send(job: Job, submission: Submission, permit: Permit): Promise<JobOutcome> {
    const { documents, provideAndRegister } = this.parts;
    // The DMP itself has not been asked yet: a probe that ends here says nothing of its health and leaves the circuit open.
    const unasked = async (): Promise<void> => {
      if (permit.probe) await permit.failed();
    };
    const answered = await documents.claim(job.payload.deliveryId, job.payload.request).catch(rethrowAfter(unasked));
    if (answered.kind === 'stop') {
      await unasked();
      return this.stopped(job, submission, answered.code);
    }
    const { claim } = answered;
    const content = await documents.content(job.owner, claim.artefact.sha256).catch(rethrowAfter(unasked));
    if (createHash('sha256').update(content).digest('hex') !== claim.artefact.sha256) {
      await unasked();
      return this.finish(job, submission, ALTERED);
    }
    const sending = await this.intend(job, submission, claim);
    const answer = await this.tryOrPark(() => provideAndRegister.send(sending, claim, content));
    if (answer.kind === 'parked') {
      await unasked();
      return this.finish(job, sending, answer);
    }
    await (answer.kind === 'response' || answer.kind === 'fault' ? permit.answered() : permit.failed());
    const decision = decide(answer, { refusalCodes: new Set(this.parts.ght.file.dmp.refusalCodes) });
    return this.follow(job, sending, decision);
  }

  private async follow(job: Job, submission: Submission, decision: Decision): Promise<JobOutcome> {
    switch (decision.kind) {
      case 'accepted':
        return this.finish(job, submission, accepted(submission));
      case 'refused':
      case 'parked':
        return this.finish(job, submission, decision);
      case 'reconcile':
        return this.later(job, submission, 'unknown', decision.code, inMs(this.firstLookUpMs()));
      case 'retry': {
        if (decision.limited && job.attempts >= this.parts.ght.file.dmp.maxErrorAttempts)
          return this.finish(job, submission, { kind: 'parked', code: decision.code, text: decision.text });
        const wait = Math.max(decision.afterMs ?? 0, this.backOffMs(job));
        return this.later(job, submission, 'ready', decision.code, inMs(wait));
      }
    }
  }

  private async lookUp(job: Job, submission: Submission, sent: SentDocument, permit: Permit): Promise<JobOutcome> {
    const found = await this.parts.registry.documentsByUniqueId(job.owner.slice('ej:'.length), sent);
    if (found.kind === 'unanswered') {
      await permit.failed();
      return this.later(job, submission, 'unknown', found.code, inMs(this.backOffMs(job)));
    }
    await permit.answered();
    const { dmp, delays } = this.settings;
    const settings = { checks: dmp.reconcileChecks, overMs: delays.dmp.reconcileOver };
    const step = reconcile(found.entries, sent, submission, settings, new Date());
    switch (step.kind) {
      case 'found':
        return this.finish(job, submission, { kind: 'accepted', entryUuid: step.entryUuid, reconciled: true });
      case 'different':
        return this.finish(job, submission, {
          kind: 'parked',
          code: 'XDSNonIdenticalHash',
          text: 'Le DMP détient un autre contenu sous le même identifiant de document.',
        });
      case 'look-again':
        return this.later(job, submission, 'unknown', 'NOT_FOUND_YET', step.at, true);
      case 'send-again':
        return this.later(job, submission, 'ready', 'NEVER_ARRIVED', new Date(), true);
    }
  }

  /** Commits what is about to leave. Fails when another run holds the job by now. */
  private async intend(job: Job, submission: Submission, claim: DeliveryClaim): Promise<Submission> {
    const sent: SentDocument = {
      uniqueId: claim.document.uniqueId,
      matricule: claim.patient.matricule,
      insOid: claim.patient.oid,
      author: claim.submission.author,
      sha1: claim.artefact.sha1,
      size: claim.artefact.size,
    };
    await this.inTransaction(job, async (tx) => {
      await job.assertHeld(tx);
      await this.parts.repository.sending(tx, submission.deliveryId, sent);
    });
    return { ...submission, state: 'sending', sent, attempts: submission.attempts + 1 };
  }

  /** An end: state, event and job together. */
  private async finish(job: Job, submission: Submission, outcome: FinalOutcome): Promise<JobOutcome> {
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, done());
      if (submission.state === 'accepted') return;
      const said =
        outcome.kind === 'accepted'
          ? { code: null, text: null, entryUuid: outcome.entryUuid, reconciled: outcome.reconciled }
          : { code: outcome.code, text: outcome.text };
      await this.parts.repository.moved(tx, submission.deliveryId, outcome.kind, said);
      await this.parts.outbox.append(tx, [outcomeEvent(submission, outcome, job.traceparent ?? undefined)]);
    });
    return done();
  }

  /** The documents context withdrew its request: it knows why, nothing is announced. */
  private async stopped(job: Job, submission: Submission, code: string): Promise<JobOutcome> {
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, done(code));
      await this.parts.repository.moved(tx, submission.deliveryId, 'cancelled', { code, text: null });
    });
    return done(code);
  }

  private async later(
    job: Job,
    submission: Submission,
    state: 'ready' | 'unknown',
    code: string,
    at: Date,
    looked = false,
  ): Promise<JobOutcome> {
    const outcome = retryAt(at, code);
    await this.inTransaction(job, async (tx) => {
      await job.settle(tx, outcome);
      if (looked) await this.parts.repository.looked(tx, submission.deliveryId);
      await this.parts.repository.moved(tx, submission.deliveryId, state, { code, text: null });
    });
    return outcome;
  }

  /** A foreseen fault of ours (unreadable certificate) parks; anything else is thrown to the job runner. */
  private async tryOrPark<T>(work: () => Promise<T>): Promise<T | Parked> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DomainError && error.kind !== 'unavailable')
        return { kind: 'parked', code: error.code, text: error.textFr };
      throw error;
    }
  }

  private load(job: Job): Promise<Submission | undefined> {
    return this.inTransaction(job, (tx) => this.parts.repository.find(tx, job.payload.deliveryId));
  }

  private inTransaction<T>(job: Job, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.database.transaction([job.owner], work);
  }

  private get settings() {
    return this.parts.ght.file;
  }

  private backOffMs(job: Job): number {
    const { base, cap } = this.settings.delays.retry;
    return retryDelay(job.attempts, { baseMs: base, capMs: cap });
  }

  private firstLookUpMs(): number {
    return this.settings.delays.retry.base;
  }
}

type Parked = { readonly kind: 'parked'; readonly code: string; readonly text: string };

interface Permit {
  readonly probe: boolean;
  answered(): Promise<void>;
  failed(): Promise<void>;
}

const EXPIRED: FinalOutcome = {
  kind: 'parked',
  code: 'EXPIRED',
  text: 'Le DMP n’a pas pu être joint dans le délai prévu : vérifier la liaison, puis rejouer.',
};

const ALTERED: FinalOutcome = {
  kind: 'parked',
  code: 'ARTEFACT_ALTERED',
  text: 'Les octets du document ne correspondent plus à leur empreinte : prévenir l’exploitant.',
};

const rethrowAfter =
  (work: () => Promise<void>) =>
  async (error: unknown): Promise<never> => {
    await work();
    throw error;
  };

const accepted = (submission: Submission): FinalOutcome => ({
  kind: 'accepted',
  entryUuid: submission.entryUuid,
  reconciled: false,
});

/** Only a deposit whose outcome is known to be nothing may expire: an unknown one is looked up for ever. */
const isExpired = (job: Job, ght: Ght): boolean =>
  Date.now() - job.createdAt.getTime() > ght.file.delays.dmp.giveUp;

const inMs = (ms: number): Date => new Date(Date.now() + ms);
