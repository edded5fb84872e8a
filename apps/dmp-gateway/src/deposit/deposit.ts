import { createHash } from 'node:crypto';
import type { DmpClaim } from '@pfi/contracts';
import { decide, reconcile, type Decision } from '@pfi/dmp-core';
import type { GoAheadClient } from '@pfi/platform-go-ahead';
import {
  done,
  release,
  type CircuitBreaker,
  type CircuitPermit,
  type DestinationSlots,
  type JobOutcome,
} from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { RegistryStoredQuery } from '../gateways/iti-18-registry-stored-query/registry-stored-query.gateway.js';
import type { ProvideAndRegister } from '../gateways/iti-41-provide-and-register/provide-and-register.gateway.js';
import type { Intent, SentDocument, Submission } from '../persistence/submission.repository.js';
import type { DepositLedger, Job } from './deposit-ledger.js';
import {
  accepted,
  ALTERED,
  CHANGED,
  expired,
  isUnavailable,
  OTHER_CONTENT,
  parkedBy,
  REPLACED_BY_ANOTHER,
} from './ends.js';
import { inMs, soon, type Patience } from './patience.js';
import type { Withdrawal } from './withdrawal.js';

export const DMP_DESTINATION = 'dmp';
/** Unforeseen failures of one job before a person is asked. */
export const MAX_UNEXPECTED = 10;

export interface DepositParts {
  readonly ght: Ght;
  readonly ledger: DepositLedger;
  readonly documents: Pick<GoAheadClient<DmpClaim>, 'claim' | 'content'>;
  readonly provideAndRegister: ProvideAndRegister;
  readonly registry: RegistryStoredQuery;
  readonly slots: DestinationSlots;
  readonly breaker: CircuitBreaker;
  readonly patience: Patience;
  readonly withdrawal: Withdrawal;
}

/** What a run tells of its exchanges with the DMP; `over`: there will be no other, the slot is free. */
export type Circuit = Pick<CircuitPermit & { allowed: true }, 'answered' | 'failed'> & {
  readonly over: () => Promise<void>;
};

/** How long a slot of this process is waited for, and after how long the job is looked at again when there is none. */
const SLOT_WAIT_MS = 5_000;
const NO_SLOT_MS = 250;

/**
 * One deposit, resumable at any instruction: the intent is durable before the first byte leaves, an unknown outcome is looked
 * up before anything is sent again, and every end is written with its event and its job in one transaction.
 */
export class Deposit {
  constructor(private readonly parts: DepositParts) {}

  async handle(job: Job): Promise<JobOutcome> {
    const { ledger } = this.parts;
    const submission = await ledger.load(job);
    if (!submission || submission.request > job.payload.request) return done('SUPERSEDED');
    // Asked for again although it is there: the answer was not heard, it is said again.
    if (submission.state === 'accepted') return ledger.finish(job, submission, accepted(submission));
    try {
      return await this.inSlot(job, submission);
    } catch (error) {
      if (isUnavailable(error)) return release(soon(), error.code);
      // The runner would park the job alone: nobody would be told, and the lineage would stand still behind it.
      const now = (await ledger.load(job)) ?? submission;
      const parked = parkedBy(error, job.attempts, MAX_UNEXPECTED, now.inDoubt);
      if (!parked) throw error;
      return ledger.finish(job, now, parked);
    }
  }

  private async inSlot(job: Job, submission: Submission): Promise<JobOutcome> {
    const slot = await this.parts.slots.acquire(DMP_DESTINATION, job.owner, SLOT_WAIT_MS);
    if (!slot) return release(inMs(NO_SLOT_MS * (0.5 + Math.random())), 'NO_SLOT');
    try {
      const permit = await this.parts.breaker.permit(DMP_DESTINATION, job.owner);
      if (permit.allowed) return await this.permitted(job, submission, permit, () => slot.release());
      return this.parts.patience.isExpired(job)
        ? await this.parts.ledger.finish(job, submission, expired(submission.inDoubt))
        : release(permit.nextProbeAt, 'CIRCUIT_OPEN');
    } finally {
      await slot.release();
    }
  }

  private async permitted(
    job: Job,
    submission: Submission,
    permit: CircuitPermit & { allowed: true },
    over: () => Promise<void>,
  ): Promise<JobOutcome> {
    let told = false;
    const tell = (what: () => Promise<void>) => (): Promise<void> => {
      told = true;
      return what();
    };
    const circuit: Circuit = { answered: tell(permit.answered), failed: tell(permit.failed), over };
    try {
      if (!submission.inDoubt || !submission.sent) return await this.send(job, submission, circuit);
      return submission.operation === 'withdraw'
        ? await this.parts.withdrawal.lookUp(job, submission, submission.sent, circuit)
        : await this.lookUp(job, submission, submission.sent, circuit);
    } finally {
      // A probe that never reached the DMP says nothing of its health: the circuit stays open.
      if (permit.probe && !told) await permit.failed();
    }
  }

  private async send(job: Job, submission: Submission, circuit: Circuit): Promise<JobOutcome> {
    const { documents, ledger, provideAndRegister, ght } = this.parts;
    const answered = await documents.claim(job.payload.deliveryId, job.payload.request);
    if (answered.kind === 'stop') return ledger.stop(job, submission, answered.code);
    const { claim } = answered;
    if (claim.operation === 'withdraw') return this.parts.withdrawal.send(job, submission, claim, circuit);
    using held = await documents.content(job.owner, claim.artefact.sha256);
    const content = held.bytes;
    if (createHash('sha256').update(content).digest('hex') !== claim.artefact.sha256)
      return ledger.finish(job, submission, ALTERED);
    const leaving = leavingDocument(claim, content);
    if (submission.sent && !isSame(submission.sent, leaving)) return ledger.finish(job, submission, CHANGED);

    const replaced = await this.replacedEntry(claim, leaving, circuit);
    if ('code' in replaced)
      return this.parts.patience.waitOrGiveUp(job, submission, {
        state: 'ready',
        code: replaced.code,
        at: this.parts.patience.nextTry(job),
      });

    // Everything of ours that can fail has failed by now: an intent means that bytes may leave.
    const intent: Intent = { sent: leaving, operation: claim.operation, targetUuid: replaced.entryUuid };
    const post = provideAndRegister.prepare(submission, claim, intent, content);
    const sending = await ledger.intend(job, submission, intent);
    const answer = await post();
    await circuit.over();
    await (answer.kind === 'response' || answer.kind === 'fault' ? circuit.answered() : circuit.failed());
    return this.follow(job, sending, decide(answer, { refusalCodes: new Set(ght.file.dmp.refusalCodes) }));
  }

  /** The entry to replace: as kept, else as the registry has it; null when there is none, and this is a plain deposit. */
  private async replacedEntry(
    { predecessor, legalEntity }: DmpClaim,
    leaving: SentDocument,
    circuit: Circuit,
  ): Promise<{ readonly entryUuid: string | null } | { readonly code: string }> {
    if (!predecessor || predecessor.entryUuid) return { entryUuid: predecessor?.entryUuid ?? null };
    const before = { ...leaving, uniqueId: predecessor.uniqueId };
    const found = await this.parts.registry.documentsByUniqueId(legalEntity, before);
    await (found.kind === 'unreached' ? circuit.failed() : circuit.answered());
    if (found.kind !== 'entries') return { code: found.code };
    return { entryUuid: found.entries.find(({ status }) => status === 'Approved')?.entryUuid ?? null };
  }

  private async follow(job: Job, submission: Submission, decision: Decision): Promise<JobOutcome> {
    const { ledger, ght } = this.parts;
    switch (decision.kind) {
      case 'accepted':
        return ledger.finish(job, submission, accepted(submission));
      case 'refused':
      case 'parked':
        return ledger.finish(job, submission, decision);
      case 'reconcile':
        // Looked for once already, and not ours: somebody else took its place.
        if (decision.code === 'XDSRegistryDeprecatedDocumentError' && submission.outcomeCode === 'NEVER_ARRIVED')
          return ledger.finish(job, submission, REPLACED_BY_ANOTHER);
        return this.parts.patience.waitOrGiveUp(job, submission, {
          state: 'unknown',
          code: decision.code,
          at: inMs(ght.file.delays.retry.base),
        });
      case 'retry': {
        const { code, text, limited } = decision;
        if (limited && submission.errorAnswers + 1 >= ght.file.dmp.maxErrorAttempts)
          return ledger.finish(job, submission, { kind: 'parked', code, text, inDoubt: false });
        const at = this.parts.patience.nextTry(job, decision.afterMs);
        return this.parts.patience.waitOrGiveUp(job, submission, { state: 'ready', code, at, errorAnswer: limited });
      }
    }
  }

  private async lookUp(job: Job, submission: Submission, sent: SentDocument, circuit: Circuit): Promise<JobOutcome> {
    const { ledger, registry, ght } = this.parts;
    const found = await registry.documentsByUniqueId(job.owner.slice('ej:'.length), sent);
    await circuit.over();
    await (found.kind === 'unreached' ? circuit.failed() : circuit.answered());
    if (found.kind !== 'entries')
      return this.parts.patience.waitOrGiveUp(job, submission, {
        state: 'unknown',
        code: found.code,
        at: this.parts.patience.nextTry(job, found.kind === 'unreached' ? found.retryAfterMs : undefined),
      });
    const settings = { checks: ght.file.dmp.reconcileChecks, overMs: ght.file.delays.dmp.reconcileOver };
    const ours = { sha1: sent.sha1 ?? '', entryUuid: submission.entryUuid };
    const step = reconcile(found.entries, ours, submission, settings, new Date());
    switch (step.kind) {
      case 'found':
        return ledger.finish(job, submission, { kind: 'accepted', entryUuid: step.entryUuid, reconciled: true });
      case 'different':
        return ledger.finish(job, submission, OTHER_CONTENT);
      case 'look-again':
        return ledger.wait(job, submission, { state: 'unknown', code: 'NOT_FOUND_YET', at: step.at, looked: true });
      case 'send-again':
        return ledger.wait(job, submission, { state: 'ready', code: 'NEVER_ARRIVED', at: new Date(), looked: true });
    }
  }
}

/** A retry sends the same bytes under the same id, or nothing (reliability rules, effects at the DMP). */
const isSame = (sent: SentDocument, leaving: SentDocument): boolean =>
  sent.sha1 === leaving.sha1 && sent.uniqueId === leaving.uniqueId;

const leavingDocument = (claim: DmpClaim, content: Buffer): SentDocument => ({
  uniqueId: claim.document.uniqueId,
  matricule: claim.patient.matricule,
  insOid: claim.patient.oid,
  author: claim.submission.author,
  sha1: createHash('sha1').update(content).digest('hex'),
  size: content.length,
});
