import * as c from './ebrim.constants.js';
import { deviceXcn, organisationXon, patientIdCx, personXcn, specialityCe } from './hl7-value.js';
import type { DocumentEntry, StatusChange, Submission, SubmissionSet, XdsAuthor, XdsCode } from './model.js';
import { escapeAttribute, escapeText } from './xml-text.js';

/** Writes submission metadata as ebRIM 3.0, prefix `rim`. Ids of inner objects are unique in one submission. */

class InnerIds {
  private last = 0;

  next(): string {
    this.last += 1;
    return `o${this.last}`;
  }
}

export function slot(name: string, values: readonly string[]): string {
  if (values.length === 0) return '';
  const list = values.map((value) => `<rim:Value>${escapeText(value)}</rim:Value>`).join('');
  return `<rim:Slot name="${name}"><rim:ValueList>${list}</rim:ValueList></rim:Slot>`;
}

function optionalSlot(name: string, value: string | number | null): string {
  return value === null ? '' : slot(name, [String(value)]);
}

function localized(value: string): string {
  return `<rim:Name><rim:LocalizedString value="${escapeAttribute(value)}" xml:lang="fr-FR" charset="UTF-8"/></rim:Name>`;
}

function codeClassification(ids: InnerIds, scheme: string, object: string, code: XdsCode): string {
  return (
    `<rim:Classification id="${ids.next()}" classificationScheme="${scheme}" classifiedObject="${escapeAttribute(object)}" ` +
    `nodeRepresentation="${escapeAttribute(code.code)}">${slot('codingScheme', [code.system])}${localized(code.label)}</rim:Classification>`
  );
}

function authorClassification(ids: InnerIds, scheme: string, object: string, author: XdsAuthor): string {
  const person = author.person ? personXcn(author.person) : author.device === null ? null : deviceXcn(author.device);
  return (
    `<rim:Classification id="${ids.next()}" classificationScheme="${scheme}" classifiedObject="${escapeAttribute(object)}" nodeRepresentation="">` +
    slot('authorInstitution', author.organisation ? [organisationXon(author.organisation)] : []) +
    optionalSlot('authorPerson', person) +
    slot('authorSpecialty', author.speciality ? [specialityCe(author.speciality)] : []) +
    '</rim:Classification>'
  );
}

export function externalIdentifier(id: string, scheme: string, object: string, value: string, name: string): string {
  return (
    `<rim:ExternalIdentifier id="${id}" registryObject="${escapeAttribute(object)}" identificationScheme="${scheme}" ` +
    `value="${escapeAttribute(value)}">${localized(name)}</rim:ExternalIdentifier>`
  );
}

function extrinsicObject(ids: InnerIds, entry: DocumentEntry): string {
  const id = entry.entryUuid;
  const coded = (scheme: string, code: XdsCode): string => codeClassification(ids, scheme, id, code);
  return (
    `<rim:ExtrinsicObject id="${escapeAttribute(id)}" mimeType="${escapeAttribute(entry.mimeType)}" objectType="${c.stableDocument}">` +
    slot('creationTime', [entry.creationTime]) +
    optionalSlot('hash', entry.hash) +
    slot('languageCode', [entry.languageCode]) +
    optionalSlot('legalAuthenticator', entry.legalAuthenticator ? personXcn(entry.legalAuthenticator) : null) +
    optionalSlot('serviceStartTime', entry.serviceStartTime) +
    optionalSlot('serviceStopTime', entry.serviceStopTime) +
    optionalSlot('size', entry.size) +
    optionalSlot('sourcePatientId', entry.sourcePatientId ? patientIdCx(entry.sourcePatientId, 'PI') : null) +
    slot('sourcePatientInfo', entry.sourcePatientInfo) +
    (entry.uri === undefined ? '' : slot('URI', [entry.uri])) +
    Object.entries(entry.extra ?? {})
      .map(([name, values]) => slot(name, values))
      .join('') +
    localized(entry.title) +
    (entry.version === null ? '' : `<rim:VersionInfo versionName="${escapeAttribute(entry.version)}"/>`) +
    entry.authors.map((author) => authorClassification(ids, c.entryScheme.author, id, author)).join('') +
    coded(c.entryScheme.classCode, entry.classCode) +
    entry.confidentialityCodes.map((code) => coded(c.entryScheme.confidentiality, code)).join('') +
    entry.eventCodes.map((code) => coded(c.entryScheme.event, code)).join('') +
    coded(c.entryScheme.format, entry.formatCode) +
    coded(c.entryScheme.facilityType, entry.healthcareFacilityTypeCode) +
    coded(c.entryScheme.practiceSetting, entry.practiceSettingCode) +
    coded(c.entryScheme.typeCode, entry.typeCode) +
    externalIdentifier(
      ids.next(),
      c.entryScheme.patientId,
      id,
      patientIdCx(entry.patientId, entry.patientId.idType ?? 'NH'),
      'XDSDocumentEntry.patientId',
    ) +
    externalIdentifier(ids.next(), c.entryScheme.uniqueId, id, entry.uniqueId, 'XDSDocumentEntry.uniqueId') +
    '</rim:ExtrinsicObject>'
  );
}

function registryPackage(ids: InnerIds, set: SubmissionSet): string {
  const id = set.entryUuid;
  const scheme = c.submissionScheme;
  return (
    `<rim:RegistryPackage id="${escapeAttribute(id)}">${slot('submissionTime', [set.submissionTime])}` +
    authorClassification(ids, scheme.author, id, set.author) +
    codeClassification(ids, scheme.contentType, id, set.contentType) +
    externalIdentifier(
      ids.next(),
      scheme.patientId,
      id,
      patientIdCx(set.patientId, set.patientId.idType ?? 'NH'),
      'XDSSubmissionSet.patientId',
    ) +
    externalIdentifier(ids.next(), scheme.sourceId, id, set.sourceId, 'XDSSubmissionSet.sourceId') +
    externalIdentifier(ids.next(), scheme.uniqueId, id, set.uniqueId, 'XDSSubmissionSet.uniqueId') +
    '</rim:RegistryPackage>' +
    `<rim:Classification id="${ids.next()}" classifiedObject="${escapeAttribute(id)}" classificationNode="${c.submissionSetNode}"/>`
  );
}

function association(ids: InnerIds, type: string, source: string, target: string, inner = ''): string {
  return (
    `<rim:Association id="${ids.next()}" associationType="${type}" sourceObject="${escapeAttribute(source)}" ` +
    `targetObject="${escapeAttribute(target)}">${inner}</rim:Association>`
  );
}

/** The content of `rim:RegistryObjectList`, in the order of the DMP: entries, submission set, its classification, associations. */
export function registryObjects(submission: Submission): string {
  const ids = new InnerIds();
  const set = submission.submissionSet.entryUuid;
  const signature = submission.signature?.entry;
  const entries = [...submission.documents.map((document) => document.entry), ...(signature ? [signature] : [])];
  return (
    entries.map((entry) => extrinsicObject(ids, entry)).join('') +
    registryPackage(ids, submission.submissionSet) +
    entries
      .map((entry) =>
        association(ids, c.association.hasMember, set, entry.entryUuid, slot('SubmissionSetStatus', ['Original'])),
      )
      .join('') +
    (submission.replacements ?? [])
      .map((one) => association(ids, c.association.replaces, one.newEntryUuid, one.oldEntryUuid))
      .join('') +
    (signature ? association(ids, c.association.signs, signature.entryUuid, set) : '')
  );
}

/** A submission set of its own, and one association for each entry whose status changes; statuses as URN. */
export function statusChangeObjects(set: SubmissionSet, changes: readonly StatusChange[]): string {
  const ids = new InnerIds();
  return (
    registryPackage(ids, set) +
    changes
      .map(({ entryUuid, from, to }) =>
        association(
          ids,
          c.association.updatesStatus,
          set.entryUuid,
          entryUuid,
          slot('OriginalStatus', [from]) + slot('NewStatus', [to]),
        ),
      )
      .join('')
  );
}
