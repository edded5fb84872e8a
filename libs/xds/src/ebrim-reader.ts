import * as c from './ebrim.constants.js';
import { readAuthor, readCx, readXcn } from './hl7-value.js';
import type { DocumentEntry, RegisteredEntry, Replacement, SubmissionSet, XdsCode, XdsPatientId } from './model.js';
import * as ns from './namespaces.js';
import { XdsFault } from './xds-fault.js';
import type { XmlNode } from './xml-tree.js';
import { childOf, childrenOf } from './xml-tree.js';

export interface RegistryObjects {
  readonly entries: readonly DocumentEntry[];
  readonly submissionSet: SubmissionSet;
  readonly replacements: readonly Replacement[];
  /** entryUUID of the document that signs the submission set. */
  readonly signatureEntryUuid: string | null;
}

/** Reads `rim:RegistryObjectList` of a submission. @throws XdsFault XDS_METADATA_INVALID */
export function readRegistryObjects(list: XmlNode): RegistryObjects {
  const packages = childrenOf(list, ns.rim, 'RegistryPackage');
  const [set] = packages;
  if (!set || packages.length !== 1)
    throw invalid('La soumission doit contenir un seul lot (RegistryPackage).', 'RegistryPackage');
  const submissionSet = readSubmissionSet(set);
  const associations = childrenOf(list, ns.rim, 'Association');
  const entries = childrenOf(list, ns.rim, 'ExtrinsicObject').map(readEntry);
  if (entries.length === 0) throw invalid('La soumission ne contient aucun document.', 'ExtrinsicObject');
  const ofType = (type: string): XmlNode[] =>
    associations.filter((one) => one.attributes.get('associationType') === type);
  for (const entry of entries) requireMembership(ofType(c.association.hasMember), submissionSet, entry);
  return {
    entries,
    submissionSet,
    replacements: ofType(c.association.replaces).map((one) => ({
      newEntryUuid: attribute(one, 'sourceObject'),
      oldEntryUuid: attribute(one, 'targetObject'),
    })),
    signatureEntryUuid: ofType(c.association.signs)[0]?.attributes.get('sourceObject') ?? null,
  };
}

/** Reads an ExtrinsicObject of a LeafClass answer. @throws XdsFault XDS_METADATA_INVALID */
export function readRegisteredEntry(node: XmlNode): RegisteredEntry {
  const slots = readSlots(node);
  const status = node.attributes.get('status') ?? '';
  const size = slots.get('size')?.[0];
  return {
    entryUuid: attribute(node, 'id'),
    uniqueId: externalValue(node, c.entryScheme.uniqueId, 'uniqueId'),
    hash: slots.get('hash')?.[0]?.toLowerCase() ?? null,
    size: size === undefined ? null : readSize(size),
    status: c.statusOfUrn(status),
    patientId: externalValue(node, c.entryScheme.patientId, 'patientId'),
    repositoryUniqueId: slots.get('repositoryUniqueId')?.[0] ?? null,
  };
}

export function readSlots(node: XmlNode): ReadonlyMap<string, readonly string[]> {
  return new Map(
    childrenOf(node, ns.rim, 'Slot').map((slot) => {
      const list = childOf(slot, ns.rim, 'ValueList');
      const values = list ? childrenOf(list, ns.rim, 'Value').map((value) => value.text.trim()) : [];
      return [slot.attributes.get('name') ?? '', values] as const;
    }),
  );
}

function readEntry(node: XmlNode): DocumentEntry {
  const slots = readSlots(node);
  const first = (name: string): string | null => slots.get(name)?.[0] ?? null;
  const required = (name: string): string => {
    const value = first(name);
    if (!value) throw invalid(`La métadonnée ${name} manque.`, name);
    return value;
  };
  const legalAuthenticator = first('legalAuthenticator');
  const sourcePatientId = first('sourcePatientId');
  const size = first('size');
  return {
    entryUuid: attribute(node, 'id'),
    uniqueId: externalValue(node, c.entryScheme.uniqueId, 'uniqueId'),
    mimeType: attribute(node, 'mimeType'),
    title: readName(node),
    hash: first('hash')?.toLowerCase() ?? null,
    size: size === null ? null : readSize(size),
    languageCode: required('languageCode'),
    creationTime: dtm(required('creationTime'), 'creationTime'),
    serviceStartTime: optionalDtm(first('serviceStartTime'), 'serviceStartTime'),
    serviceStopTime: optionalDtm(first('serviceStopTime'), 'serviceStopTime'),
    patientId: patientId(node, c.entryScheme.patientId),
    sourcePatientId: sourcePatientId === null ? null : readCx(sourcePatientId),
    sourcePatientInfo: slots.get('sourcePatientInfo') ?? [],
    legalAuthenticator: legalAuthenticator === null ? null : readXcn(legalAuthenticator),
    authors: classifications(node, c.entryScheme.author).map((author) => readAuthor(readSlots(author))),
    classCode: oneCode(node, c.entryScheme.classCode, 'classCode'),
    typeCode: oneCode(node, c.entryScheme.typeCode, 'typeCode'),
    formatCode: oneCode(node, c.entryScheme.format, 'formatCode'),
    confidentialityCodes: someCodes(node, c.entryScheme.confidentiality, 'confidentialityCode'),
    eventCodes: classifications(node, c.entryScheme.event).map(readCode),
    healthcareFacilityTypeCode: oneCode(node, c.entryScheme.facilityType, 'healthcareFacilityTypeCode'),
    practiceSettingCode: oneCode(node, c.entryScheme.practiceSetting, 'practiceSettingCode'),
    version: childOf(node, ns.rim, 'VersionInfo')?.attributes.get('versionName') ?? null,
    ...uriOf(slots),
    ...extraOf(slots),
  };
}

const uriOf = (slots: ReadonlyMap<string, readonly string[]>): Pick<DocumentEntry, 'uri'> => {
  const uri = slots.get('URI')?.[0];
  return uri === undefined ? {} : { uri };
};

/** Extra metadata have a URN for a name (ITI TF-3 §4.2.3.1.6). */
function extraOf(slots: ReadonlyMap<string, readonly string[]>): Pick<DocumentEntry, 'extra'> {
  const extra = [...slots].filter(([name]) => name.startsWith('urn:'));
  return extra.length === 0 ? {} : { extra: Object.fromEntries(extra) };
}

export function readSubmissionSet(node: XmlNode): SubmissionSet {
  const scheme = c.submissionScheme;
  const author = classifications(node, scheme.author)[0];
  if (!author) throw invalid('L’auteur du lot de soumission manque.', 'SubmissionSet.author');
  const submissionTime = readSlots(node).get('submissionTime')?.[0] ?? '';
  return {
    entryUuid: attribute(node, 'id'),
    uniqueId: externalValue(node, scheme.uniqueId, 'SubmissionSet.uniqueId'),
    sourceId: externalValue(node, scheme.sourceId, 'SubmissionSet.sourceId'),
    patientId: patientId(node, scheme.patientId),
    submissionTime: dtm(submissionTime, 'submissionTime'),
    contentType: oneCode(node, scheme.contentType, 'contentTypeCode'),
    author: readAuthor(readSlots(author)),
  };
}

function requireMembership(members: readonly XmlNode[], set: SubmissionSet, entry: DocumentEntry): void {
  const found = members.some(
    (one) =>
      one.attributes.get('sourceObject') === set.entryUuid && one.attributes.get('targetObject') === entry.entryUuid,
  );
  if (!found) throw invalid('Un document n’est pas rattaché au lot de soumission (HasMember).', 'Association');
}

function classifications(node: XmlNode, scheme: string): XmlNode[] {
  return childrenOf(node, ns.rim, 'Classification').filter(
    (one) => one.attributes.get('classificationScheme') === scheme,
  );
}

function readCode(node: XmlNode): XdsCode {
  return {
    code: attribute(node, 'nodeRepresentation'),
    system: readSlots(node).get('codingScheme')?.[0] ?? '',
    label: readName(node),
  };
}

function someCodes(node: XmlNode, scheme: string, name: string): XdsCode[] {
  const codes = classifications(node, scheme).map(readCode);
  if (codes.length === 0) throw invalid(`La métadonnée ${name} manque.`, name);
  return codes;
}

function oneCode(node: XmlNode, scheme: string, name: string): XdsCode {
  const codes = someCodes(node, scheme, name);
  const [code] = codes;
  if (!code || codes.length > 1) throw invalid(`La métadonnée ${name} est donnée plusieurs fois.`, name);
  return code;
}

function readName(node: XmlNode): string {
  const name = childOf(node, ns.rim, 'Name');
  return childOf(name, ns.rim, 'LocalizedString')?.attributes.get('value') ?? '';
}

function externalValue(node: XmlNode, scheme: string, name: string): string {
  const values = childrenOf(node, ns.rim, 'ExternalIdentifier').filter(
    (one) => one.attributes.get('identificationScheme') === scheme,
  );
  const value = values[0]?.attributes.get('value');
  if (!value || values.length > 1) throw invalid(`L’identifiant ${name} doit être donné une fois.`, name);
  return value;
}

function patientId(node: XmlNode, scheme: string): XdsPatientId {
  return readCx(externalValue(node, scheme, 'patientId'));
}

function attribute(node: XmlNode, name: string): string {
  const value = node.attributes.get(name);
  if (!value) throw invalid(`L’attribut ${name} manque dans ${node.name}.`, name);
  return value;
}

function readSize(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw invalid('La taille du document n’est pas un nombre d’octets.', 'size');
  return Number(text);
}

function dtm(text: string, name: string): string {
  if (!/^\d{4}(\d{2}){0,5}$/.test(text)) throw invalid(`${name} n’est pas une date XDS (AAAAMMJJhhmmss, UTC).`, name);
  return text;
}

function optionalDtm(text: string | null, name: string): string | null {
  return text === null ? null : dtm(text, name);
}

function invalid(textFr: string, location: string): XdsFault {
  return new XdsFault('XDS_METADATA_INVALID', textFr, { location });
}
