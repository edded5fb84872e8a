import type { DmpClaim } from '@pfi/contracts';
import type { Ght } from '@pfi/platform-settings';
import { sourcePatientInfo, type Submission as XdsSubmission, type SubmissionSet } from '@pfi/xds';
import { sourceIdOf } from '../../deposit/oids.js';
import type { Intent, Submission } from '../../persistence/submission.repository.js';

/** Claim and fixed ids to the ITI-41 submission (interop §1.13, §5.5). */
export function toXdsSubmission(
  ght: Ght,
  submission: Submission,
  claim: DmpClaim,
  { sent: leaving, targetUuid }: Intent,
  content: Buffer,
): XdsSubmission {
  const { document, patient, artefact } = claim;
  const patientId = { value: patient.matricule, oid: patient.oid };
  return {
    submissionSet: submissionSetOf(ght, submission, claim),
    ...(targetUuid ? { replacements: [{ newEntryUuid: submission.entryUuid, oldEntryUuid: targetUuid }] } : {}),
    documents: [
      {
        content,
        entry: {
          entryUuid: submission.entryUuid,
          uniqueId: document.uniqueId,
          mimeType: artefact.mediaType,
          title: document.title,
          hash: leaving.sha1,
          size: leaving.size,
          languageCode: document.languageCode,
          creationTime: document.creationTime,
          serviceStartTime: document.serviceStartTime,
          serviceStopTime: document.serviceStopTime,
          patientId,
          sourcePatientId: patient.local && { value: patient.local.value, oid: patient.local.authorityOid },
          sourcePatientInfo: sourcePatientInfo(patient.traits),
          legalAuthenticator: document.legalAuthenticator,
          authors: document.authors,
          classCode: document.class,
          typeCode: document.type,
          formatCode: document.format,
          confidentialityCodes: document.confidentiality,
          eventCodes: document.eventCodes,
          healthcareFacilityTypeCode: document.facilityType,
          practiceSettingCode: document.practiceSetting,
          version: null,
        },
      },
    ],
  };
}

/** The set of a deposit or of an update, under the ids fixed for the submission. */
export const submissionSetOf = (ght: Ght, submission: Submission, claim: DmpClaim): SubmissionSet => ({
  entryUuid: submission.submissionUuid,
  uniqueId: submission.submissionSetId,
  sourceId: sourceIdOf(ght, claim.legalEntity),
  patientId: { value: claim.patient.matricule, oid: claim.patient.oid },
  submissionTime: new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14),
  contentType: claim.submission.contentType,
  author: claim.submission.author,
});
