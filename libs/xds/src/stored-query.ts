import {
  actions,
  entryScheme,
  responseStatus,
  stableDocument,
  statusPrefix,
  statusUrn,
  storedQuery,
} from './ebrim.constants.js';
import { readRegisteredEntry, readSlots } from './ebrim-reader.js';
import { externalIdentifier, slot } from './ebrim-writer.js';
import { patientIdCx, readCx } from './hl7-value.js';
import { openSoapBody, plainSoap } from './mime.js';
import type {
  AvailabilityStatus,
  HttpBody,
  ReceivedHeader,
  RegisteredEntry,
  RequestEnvelope,
  SoapFault,
  StoredQuery,
  StoredQueryResponse,
} from './model.js';
import * as ns from './namespaces.js';
import { errorList, maxResponseBytes, readOutcome } from './registry-response.js';
import { openEnvelope, readFault, requestEnvelope, responseEnvelope } from './soap.js';
import { XdsFault } from './xds-fault.js';
import { escapeAttribute } from './xml-text.js';
import { childOf, childrenOf, requiredChild } from './xml-tree.js';

const uniqueIdParameter = '$XDSDocumentEntryUniqueId';
const entryUuidParameter = '$XDSDocumentEntryEntryUUID';
const patientParameter = '$XDSDocumentEntryPatientId';
const statusParameter = '$XDSDocumentEntryStatus';
const createdFromParameter = '$XDSDocumentEntryCreationTimeFrom';
const createdToParameter = '$XDSDocumentEntryCreationTimeTo';

/** ITI-18 request, returnType LeafClass. */
export function buildStoredQuery(query: StoredQuery, envelope: RequestEnvelope): HttpBody {
  const id = query.kind === 'find-documents' ? storedQuery.findDocuments : storedQuery.getDocuments;
  const body =
    `<query:AdhocQueryRequest xmlns:query="${ns.query}" xmlns:rim="${ns.rim}">` +
    '<query:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>' +
    `<rim:AdhocQuery id="${id}">${queryParameters(query)}</rim:AdhocQuery></query:AdhocQueryRequest>`;
  return plainSoap(requestEnvelope(envelope, actions.storedQuery, body), actions.storedQuery);
}

/** @throws XdsFault XDS_MALFORMED (unknown query or parameter missing), XML_LIMIT, XML_DTD_FORBIDDEN */
export function parseStoredQuery(contentType: string, body: Buffer): { header: ReceivedHeader; query: StoredQuery } {
  const { header, content } = openEnvelope(openSoapBody(contentType, body).envelope, maxResponseBytes);
  if (content.name !== 'AdhocQueryRequest' || content.namespace !== ns.query) {
    throw new XdsFault('XDS_MALFORMED', 'Le message n’est pas une demande ITI-18.', { location: content.name });
  }
  const adhoc = requiredChild(content, ns.rim, 'AdhocQuery');
  return { header, query: readQuery(adhoc.attributes.get('id') ?? '', readSlots(adhoc)) };
}

export function buildStoredQueryResponse(
  response: Omit<StoredQueryResponse, 'kind'>,
  relatesTo: string | null,
): HttpBody {
  const objects = response.entries.map(registeredEntry).join('');
  return responseEnvelope(
    actions.storedQueryResponse,
    relatesTo,
    `<query:AdhocQueryResponse xmlns:query="${ns.query}" xmlns:rs="${ns.rs}" xmlns:rim="${ns.rim}" ` +
      `status="${responseStatus[response.status]}">${errorList(response.errors)}` +
      `<rim:RegistryObjectList>${objects}</rim:RegistryObjectList></query:AdhocQueryResponse>`,
  );
}

/** @throws XdsFault XDS_MALFORMED, XDS_METADATA_INVALID, XML_LIMIT, XML_DTD_FORBIDDEN */
export function parseStoredQueryResponse(contentType: string, body: Buffer): StoredQueryResponse | SoapFault {
  const { content } = openEnvelope(openSoapBody(contentType, body).envelope, maxResponseBytes);
  const fault = readFault(content);
  if (fault) return fault;
  if (content.name !== 'AdhocQueryResponse' || content.namespace !== ns.query) {
    throw new XdsFault('XDS_MALFORMED', 'La réponse n’est pas un AdhocQueryResponse.', { location: content.name });
  }
  const list = childOf(content, ns.rim, 'RegistryObjectList');
  const entries = list ? childrenOf(list, ns.rim, 'ExtrinsicObject').map(readRegisteredEntry) : [];
  return { kind: 'response', ...readOutcome(content), entries };
}

function queryParameters(query: StoredQuery): string {
  switch (query.kind) {
    case 'get-documents-by-unique-id':
      return slot(uniqueIdParameter, [quotedList(query.uniqueIds)]);
    case 'get-documents-by-entry-uuid':
      return slot(entryUuidParameter, [quotedList(query.entryUuids)]);
    case 'find-documents':
      return (
        slot(patientParameter, [quoted(patientIdCx(query.patientId, 'NH'))]) +
        slot(statusParameter, [quotedList(query.statuses.map((status) => statusPrefix + status))]) +
        slot(createdFromParameter, query.createdFrom === undefined ? [] : [query.createdFrom]) +
        slot(createdToParameter, query.createdTo === undefined ? [] : [query.createdTo])
      );
  }
}

function readQuery(id: string, parameters: ReadonlyMap<string, readonly string[]>): StoredQuery {
  const values = (name: string): string[] => readQuoted(parameters.get(name) ?? []);
  const uniqueIds = values(uniqueIdParameter);
  const entryUuids = values(entryUuidParameter);
  if (id === storedQuery.getDocuments && uniqueIds.length > 0 !== entryUuids.length > 0) {
    return uniqueIds.length > 0
      ? { kind: 'get-documents-by-unique-id', uniqueIds }
      : { kind: 'get-documents-by-entry-uuid', entryUuids };
  }
  const patient = values(patientParameter)[0];
  const statuses = values(statusParameter);
  if (id === storedQuery.findDocuments && patient !== undefined && statuses.length > 0) {
    const createdFrom = parameters.get(createdFromParameter)?.[0];
    const createdTo = parameters.get(createdToParameter)?.[0];
    return {
      kind: 'find-documents',
      patientId: readCx(patient),
      statuses: statuses.map((status) => status.slice(statusPrefix.length) as AvailabilityStatus),
      ...(createdFrom === undefined ? {} : { createdFrom }),
      ...(createdTo === undefined ? {} : { createdTo }),
    };
  }
  throw new XdsFault('XDS_MALFORMED', 'Requête ITI-18 inconnue ou paramètre obligatoire absent.', {
    location: 'AdhocQuery',
  });
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function quotedList(values: readonly string[]): string {
  return `(${values.map(quoted).join(',')})`;
}

function readQuoted(values: readonly string[]): string[] {
  return values.flatMap((value) =>
    [...value.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'")),
  );
}

function registeredEntry(entry: RegisteredEntry): string {
  const id = entry.entryUuid;
  const status = entry.status.startsWith('urn:') ? entry.status : statusUrn(entry.status);
  const optional = (name: string, value: string | number | null): string =>
    value === null ? '' : slot(name, [String(value)]);
  return (
    `<rim:ExtrinsicObject id="${escapeAttribute(id)}" lid="${escapeAttribute(id)}" mimeType="text/xml" ` +
    `objectType="${stableDocument}" status="${escapeAttribute(status)}">` +
    optional('hash', entry.hash) +
    optional('repositoryUniqueId', entry.repositoryUniqueId) +
    optional('size', entry.size) +
    externalIdentifier(
      `${escapeAttribute(id)}-p`,
      entryScheme.patientId,
      id,
      entry.patientId,
      'XDSDocumentEntry.patientId',
    ) +
    externalIdentifier(
      `${escapeAttribute(id)}-u`,
      entryScheme.uniqueId,
      id,
      entry.uniqueId,
      'XDSDocumentEntry.uniqueId',
    ) +
    '</rim:ExtrinsicObject>'
  );
}
