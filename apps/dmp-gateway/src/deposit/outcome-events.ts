import { depositAcceptedV1, depositParkedV1, depositRefusedV1, withdrawalAcceptedV1 } from '@pfi/contracts';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { Submission } from '../persistence/submission.repository.js';

export type FinalOutcome =
  | { readonly kind: 'accepted'; readonly entryUuid: string; readonly reconciled: boolean }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | Parked;

/** `inDoubt` = the document may be in the DMP: a replay asks the registry first. */
export interface Parked {
  readonly kind: 'parked';
  readonly code: string;
  readonly text: string;
  readonly inDoubt: boolean;
}

/** What the other contexts learn of a deposit that came to its end. */
export function outcomeEvent(
  submission: Submission,
  outcome: FinalOutcome,
  traceparent: string | undefined,
  at = new Date(),
): NewEvent {
  const { deliveryId, documentId, lineageId, owner, attempts } = submission;
  const reference = { deliveryId, documentId, lineageId, attempts, at: at.toISOString() };
  const details = { owner, traceparent };
  const uniqueId = submission.sent?.uniqueId ?? '';
  if (outcome.kind === 'accepted' && submission.operation === 'withdraw') {
    const { entryUuid } = outcome;
    return newEvent(
      withdrawalAcceptedV1,
      { ...reference, outcomeCode: null, outcomeText: null, uniqueId, entryUuid },
      details,
    );
  }
  if (outcome.kind === 'accepted') {
    return newEvent(
      depositAcceptedV1,
      {
        ...reference,
        outcomeCode: null,
        outcomeText: null,
        uniqueId,
        entryUuid: outcome.entryUuid,
        submissionSetId: submission.submissionSetId,
        reconciled: outcome.reconciled,
      },
      details,
    );
  }
  const contract = outcome.kind === 'refused' ? depositRefusedV1 : depositParkedV1;
  return newEvent(contract, { ...reference, outcomeCode: outcome.code, outcomeText: outcome.text }, details);
}
