import type { DmpClaim } from '@pfi/contracts';
import { decide, type FoundEntry } from '@pfi/dmp-core';
import type { JobOutcome } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { RegistryStoredQuery } from '../gateways/iti-18-registry-stored-query/registry-stored-query.gateway.js';
import type { UpdateDocumentSet } from '../gateways/td3-3-update-document-set/update-document-set.gateway.js';
import type { Intent, SentDocument, Submission } from '../persistence/submission.repository.js';
import type { DepositLedger, Job } from './deposit-ledger.js';
import type { Circuit } from './deposit.js';
import { accepted } from './ends.js';
import { inMs, type Patience } from './patience.js';

/**
 * The deletion of a document that was deposited (TD3.3c). Deleting twice harms nobody, so an unknown outcome is looked up once:
 * what is no longer there is done, what still is there is deleted again.
 */
export class Withdrawal {
  constructor(
    private readonly parts: {
      readonly ght: Ght;
      readonly ledger: DepositLedger;
      readonly registry: RegistryStoredQuery;
      readonly updateDocumentSet: UpdateDocumentSet;
      readonly patience: Patience;
    },
  ) {}

  async send(job: Job, submission: Submission, claim: DmpClaim, circuit: Circuit): Promise<JobOutcome> {
    const { ledger, patience, updateDocumentSet, ght } = this.parts;
    const sent = withdrawnDocument(claim);
    let targetUuid = claim.predecessor?.entryUuid ?? null;
    if (targetUuid === null) {
      const found = await this.ask(claim.legalEntity, sent, circuit);
      if ('code' in found)
        return patience.waitOrGiveUp(job, submission, { state: 'ready', code: found.code, at: patience.nextTry(job) });
      targetUuid = visible(found.entries)?.entryUuid ?? null;
      // Not there any more: there is nothing to delete.
      if (targetUuid === null)
        return ledger.finish(job, { ...submission, sent, operation: 'withdraw' }, accepted(submission));
    }
    const intent: Intent = { sent, operation: 'withdraw', targetUuid };
    const post = updateDocumentSet.prepareDeletion(submission, claim, intent);
    const sending = await ledger.intend(job, submission, intent);
    const answer = await post();
    await circuit.over();
    await (answer.kind === 'response' || answer.kind === 'fault' ? circuit.answered() : circuit.failed());
    const decision = decide(answer, { refusalCodes: new Set(ght.file.dmp.refusalCodes) });
    switch (decision.kind) {
      case 'accepted':
        return ledger.finish(job, sending, accepted(sending));
      case 'refused':
      case 'parked':
        return ledger.finish(job, sending, decision);
      case 'reconcile':
        return patience.waitOrGiveUp(job, sending, {
          state: 'unknown',
          code: decision.code,
          at: inMs(ght.file.delays.retry.base),
        });
      case 'retry': {
        const { code, text, limited } = decision;
        if (limited && sending.errorAnswers + 1 >= ght.file.dmp.maxErrorAttempts)
          return ledger.finish(job, sending, { kind: 'parked', code, text, inDoubt: false });
        const at = patience.nextTry(job, decision.afterMs);
        return patience.waitOrGiveUp(job, sending, { state: 'ready', code, at, errorAnswer: limited });
      }
    }
  }

  async lookUp(job: Job, submission: Submission, sent: SentDocument, circuit: Circuit): Promise<JobOutcome> {
    const { ledger, patience } = this.parts;
    const found = await this.ask(job.owner.slice('ej:'.length), sent, circuit);
    if ('code' in found)
      return patience.waitOrGiveUp(job, submission, { state: 'unknown', code: found.code, at: patience.nextTry(job) });
    const target = found.entries.find(({ entryUuid }) => entryUuid === submission.targetUuid);
    if (target && isVisible(target))
      return ledger.wait(job, submission, { state: 'ready', code: 'STILL_THERE', at: new Date(), looked: true });
    return ledger.finish(job, { ...submission, reconciled: true }, accepted({ ...submission, reconciled: true }));
  }

  private async ask(
    legalEntity: string,
    sent: SentDocument,
    circuit: Circuit,
  ): Promise<{ readonly entries: readonly FoundEntry[] } | { readonly code: string }> {
    const found = await this.parts.registry.documentsByUniqueId(legalEntity, sent);
    await (found.kind === 'unreached' ? circuit.failed() : circuit.answered());
    return found.kind === 'entries' ? { entries: found.entries } : { code: found.code };
  }
}

const isVisible = ({ status }: FoundEntry): boolean => status === 'Approved' || status === 'Archived';
const visible = (entries: readonly FoundEntry[]): FoundEntry | undefined => entries.find(isVisible);

const withdrawnDocument = (claim: DmpClaim): SentDocument => ({
  uniqueId: claim.document.uniqueId,
  matricule: claim.patient.matricule,
  insOid: claim.patient.oid,
  author: claim.submission.author,
  sha1: null,
  size: null,
});
