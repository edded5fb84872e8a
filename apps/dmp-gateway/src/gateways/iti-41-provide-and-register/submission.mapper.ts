import type { DmpClaim } from '@pfi/contracts';
import { documentEntryOf, submissionSetOf } from '@pfi/platform-go-ahead';
import type { Ght } from '@pfi/platform-settings';
import type { Submission as XdsSubmission } from '@pfi/xds';
import type { Intent, Submission } from '../../persistence/submission.repository.js';

/** Claim and fixed ids to the ITI-41 submission (interop §1.13, §5.5). */
export function toXdsSubmission(
  ght: Ght,
  submission: Submission,
  claim: DmpClaim,
  { sent, targetUuid }: Intent,
  content: Buffer,
): XdsSubmission {
  const patientId = { value: claim.patient.matricule, oid: claim.patient.oid };
  return {
    submissionSet: submissionSetOf(ght, submission, claim, patientId),
    ...(targetUuid ? { replacements: [{ newEntryUuid: submission.entryUuid, oldEntryUuid: targetUuid }] } : {}),
    documents: [{ content, entry: documentEntryOf(submission.entryUuid, claim, patientId, sent) }],
  };
}
