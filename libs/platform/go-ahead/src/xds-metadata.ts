import type { DeliveryClaim } from '@pfi/contracts';
import { sourceIdOf, type Ght } from '@pfi/platform-settings';
import { sourcePatientInfo, type DocumentEntry, type SubmissionSet, type XdsPatientId } from '@pfi/xds';

/** Ids under which a delivery says its document, fixed at the first request. */
export interface FixedIds {
  /** XDSSubmissionSet.uniqueId */
  readonly submissionSetId: string;
  /** `urn:uuid:…` of the set and of the entry. */
  readonly submissionUuid: string;
  readonly entryUuid: string;
}

/** The submission set of a delivery (interop §1.13, §5.5), dated now. */
export const submissionSetOf = (
  ght: Ght,
  ids: Omit<FixedIds, 'entryUuid'>,
  claim: Pick<DeliveryClaim, 'legalEntity' | 'submission'>,
  patientId: XdsPatientId,
): SubmissionSet => ({
  entryUuid: ids.submissionUuid,
  uniqueId: ids.submissionSetId,
  sourceId: sourceIdOf(ght, claim.legalEntity),
  patientId,
  submissionTime: new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14),
  contentType: claim.submission.contentType,
  author: claim.submission.author,
});

/** The entry of a delivery's document. `bytes`: SHA-1 and size of what leaves. */
export function documentEntryOf(
  entryUuid: string,
  { document, patient, artefact }: Pick<DeliveryClaim, 'document' | 'patient' | 'artefact'>,
  patientId: XdsPatientId,
  bytes: { readonly sha1: string | null; readonly size: number | null },
): DocumentEntry {
  return {
    entryUuid,
    uniqueId: document.uniqueId,
    mimeType: artefact.mediaType,
    title: document.title,
    hash: bytes.sha1,
    size: bytes.size,
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
  };
}
