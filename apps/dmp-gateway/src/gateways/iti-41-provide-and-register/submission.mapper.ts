import type { DmpClaim } from '@pfi/contracts';
import type { Ght } from '@pfi/platform-settings';
import { sourcePatientInfo, type Submission as XdsSubmission } from '@pfi/xds';
import { sourceIdOf } from '../../deposit/oids.js';
import type { SentDocument, Submission } from '../../persistence/submission.repository.js';

/** Claim and fixed ids to the ITI-41 submission (interop §1.13, §5.5). */
export function toXdsSubmission(
  ght: Ght,
  submission: Submission,
  claim: DmpClaim,
  leaving: SentDocument,
  content: Buffer,
): XdsSubmission {
  const { document, patient, artefact } = claim;
  const patientId = { value: patient.matricule, oid: patient.oid };
  return {
    submissionSet: {
      entryUuid: submission.submissionUuid,
      uniqueId: submission.submissionSetId,
      sourceId: sourceIdOf(ght, claim.legalEntity),
      patientId,
      submissionTime: new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14),
      contentType: claim.submission.contentType,
      author: claim.submission.author,
    },
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
