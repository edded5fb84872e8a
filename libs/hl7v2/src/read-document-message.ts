import type { Coded } from '@pfi/health';
import { codingSystemOid } from './coding-systems.js';
import type { DocumentMessage } from './document-message.js';
import { type DocumentLimits, readDocumentBytes, readEncapsulatedData } from './encapsulated-data.js';
import type { Hl7Message } from './hl7-message.js';
import type { DocumentKind, DocumentReference, Hl7Warning } from './model.js';
import { readParticipations } from './participation-reader.js';
import { readPatient } from './patient-reader.js';
import type { FieldValue, Segment } from './segment.js';
import { isSteering, readSteering } from './steering-reader.js';
import { requireSupportedVersion } from './supported-versions.js';
import { readVisit } from './visit-reader.js';

const KIND_BY_MDM_EVENT: Readonly<Record<string, DocumentKind>> = { T02: 'initial', T10: 'replace', T04: 'delete' };
const KIND_BY_ORDER_CONTROL: Readonly<Record<string, DocumentKind>> = { NW: 'initial', RO: 'replace', CA: 'delete' };
const ORDER_CONTROL = { initial: 'NW', replace: 'RO', delete: 'CA' } as const;
const RESULT_STATUS = { initial: 'F', replace: 'C', delete: 'D' } as const;

/**
 * MDM T02/T10/T04 or ORU R01 of the CI-SIS volet "Transmission d'un document CDA R2 en HL7v2", one document a message.
 * @throws Hl7Fault MESSAGE_TYPE_UNSUPPORTED, EVENT_UNSUPPORTED, VERSION_UNSUPPORTED, PROCESSING_ID_UNSUPPORTED, REQUIRED_FIELD,
 *   EVENT_INCOHERENT, MULTIPLE_DOCUMENTS, MULTIPLE_PATIENTS, INS_INVALID, BASE64_INVALID, DOCUMENT_TOO_LARGE
 */
export function readDocumentMessage(message: Hl7Message, limits: DocumentLimits = {}): DocumentMessage {
  requireSupportedType(message);
  requireSupportedVersion(message);
  const warnings: Hl7Warning[] = [];
  const patient = readPatient(message, warnings);
  if (patient.insProblem !== undefined) {
    throw message.fault('INS_INVALID', '102', patient.insProblem.textFr, 'PID^1^3');
  }
  const obx = theDocument(message, warnings);
  const kind = readKind(message, obx);
  const txa = message.header.messageType === 'MDM' ? readTxa(message, kind) : undefined;
  const { flags, bodies } = readSteering(message, warnings);
  const { sender, recipients, replyTo } = readParticipations(message);
  const visit = readVisit(message);
  const document = readDocumentBytes(obx, message, limits);
  return {
    header: message.header,
    kind,
    orderControl: ORDER_CONTROL[kind],
    resultStatus: RESULT_STATUS[kind],
    typeCode: readTypeCode(message, obx, warnings),
    cda: document.bytes,
    ...(document.base64 === undefined ? {} : { base64: document.base64 }),
    patient,
    ...(visit === undefined ? {} : { visit }),
    ...(txa === undefined ? {} : { txa }),
    ...(sender === undefined ? {} : { sender }),
    recipients,
    ...(replyTo === undefined ? {} : { replyTo }),
    flags,
    bodies,
    warnings,
  };
}

function requireSupportedType(message: Hl7Message): void {
  const { messageType, event } = message.header;
  if (messageType !== 'MDM' && messageType !== 'ORU') {
    throw message.fault(
      'MESSAGE_TYPE_UNSUPPORTED',
      '200',
      'Type de message non pris en charge ici : MDM ou ORU attendu.',
      'MSH^1^9',
    );
  }
  if (event === '') throw message.missing('MSH^1^9', 'MSH-9.2 (événement) est vide');
  if (messageType === 'MDM' ? !Object.hasOwn(KIND_BY_MDM_EVENT, event) : event !== 'R01') {
    throw message.fault(
      'EVENT_UNSUPPORTED',
      '201',
      'Événement non pris en charge : MDM^T02, MDM^T10, MDM^T04 ou ORU^R01 attendu.',
      'MSH^1^9',
    );
  }
}

/** The document OBX: the first that is not steering metadata. */
function theDocument(message: Hl7Message, warnings: Hl7Warning[]): Segment {
  const candidates = message.segments('OBX').filter((obx) => !isSteering(obx));
  const first = candidates[0];
  if (first === undefined) throw message.missing('OBX', 'aucun segment OBX ne porte le document');
  if (first.value(2) !== 'ED') {
    throw message.fault('REQUIRED_FIELD', '101', 'OBX-2 du document doit valoir ED.', 'OBX^1^2');
  }
  const others = candidates.slice(1).filter((obx) => obx.value(2) === 'ED');
  if (others.some((obx) => readEncapsulatedData(obx, message).subtype === 'XML')) {
    throw message.fault(
      'MULTIPLE_DOCUMENTS',
      '207',
      'Plusieurs documents dans un message : envoyez un message par document.',
      'OBX',
    );
  }
  if (candidates.length > 1) {
    warnings.push({
      code: 'OBX_IGNORED',
      textFr: 'Des segments OBX hors de la liste du volet CI-SIS sont présents : ignorés.',
    });
  }
  return first;
}

/** Event, ORC-1 and OBX-11 must say the same (volet §"Cohérence"): otherwise nobody can tell what the author wanted. */
function readKind(message: Hl7Message, obx: Segment): DocumentKind {
  const { messageType, event } = message.header;
  const orderControl = message.required('ORC').value(1);
  if (orderControl === '') throw message.missing('ORC^1^1', 'ORC-1 (ordre) est vide');
  const status = obx.value(11);
  if (status === '') throw message.missing('OBX^1^11', 'OBX-11 (statut du document) est vide');
  const kind = messageType === 'MDM' ? KIND_BY_MDM_EVENT[event] : KIND_BY_ORDER_CONTROL[orderControl];
  if (kind === undefined || ORDER_CONTROL[kind] !== orderControl || RESULT_STATUS[kind] !== status) {
    throw message.fault(
      'EVENT_INCOHERENT',
      '103',
      'L’événement, ORC-1 et OBX-11 se contredisent : dépôt T02/NW/F, remplacement T10/RO/C, suppression T04/CA/D.',
      kind !== undefined && ORDER_CONTROL[kind] === orderControl ? 'OBX^1^11' : 'ORC^1^1',
    );
  }
  return kind;
}

function readTxa(message: Hl7Message, kind: DocumentKind): NonNullable<DocumentMessage['txa']> {
  const txa = message.required('TXA');
  const documentId = readReference(txa.first(12));
  if (documentId === undefined) throw message.missing('TXA^1^12', 'TXA-12 (identifiant du document) est vide');
  const parentId = readReference(txa.first(13));
  if (parentId !== undefined) return { documentId, parentId };
  if (kind === 'replace') throw message.missing('TXA^1^13', 'TXA-13 (document remplacé) est vide');
  return { documentId };
}

/** EI: `root`, or `extension^^root^ISO`; some senders add a namespace after a root, which names nothing. */
function readReference(value: FieldValue): DocumentReference | undefined {
  const id = value.component(1);
  const root = value.component(3);
  if (root !== '') return id === '' ? { root } : { root, extension: id };
  return id === '' ? undefined : { root: id };
}

function readTypeCode(message: Hl7Message, obx: Segment, warnings: Hl7Warning[]): Coded {
  const obr = message.segment('OBR');
  const ordered = obr === undefined ? undefined : readCoded(obr.first(4));
  const observed = readCoded(obx.first(3));
  const typeCode = ordered ?? observed;
  if (typeCode === undefined) throw message.missing('OBR^1^4', 'OBR-4 (type du document) est vide');
  if (typeCode.system === '') {
    warnings.push({
      code: 'CODING_SYSTEM_MISSING',
      textFr: 'OBR-4.3 : le système de codage du type de document est absent.',
    });
  }
  const announced = message.segment('TXA')?.value(2) ?? '';
  if (
    (observed !== undefined && observed.code !== typeCode.code) ||
    (announced !== '' && announced !== typeCode.code)
  ) {
    warnings.push({
      code: 'TYPE_CODE_MISMATCH',
      textFr: 'OBX-3, OBR-4 et TXA-2 ne portent pas le même type de document : OBR-4 est retenu.',
    });
  }
  return typeCode;
}

function readCoded(value: FieldValue): Coded | undefined {
  const code = value.component(1);
  if (code === '') return undefined;
  return { code, label: value.component(2), system: codingSystemOid(value.component(3)) };
}
