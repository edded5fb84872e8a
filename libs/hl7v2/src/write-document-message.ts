import { INS_OID } from '@pfi/health';
import { codingSystemName } from './coding-systems.js';
import type { DocumentContent, DocumentFlags, DocumentKind, DocumentReference, Organisation, Person } from './model.js';
import { pid, pv1 } from './patient-writer.js';
import {
  type HeaderSpec,
  type Written,
  composite,
  header,
  instant,
  message,
  segment,
  written,
} from './segment-writer.js';
import { steeringCodes } from './steering-reader.js';
import { formatDtm } from '@pfi/health';

/** What `readDocumentMessage` gives back, plus what only a sender says. */
export interface DocumentMessageSpec extends DocumentContent {
  header: HeaderSpec;
  messageType: 'MDM' | 'ORU';
  /** TXA-12, MDM only. */
  documentId?: DocumentReference;
  /** TXA-13, MDM only. */
  parentId?: DocumentReference;
  /** TXA-4, MDM only. */
  activityAt?: Date;
}

const EVENT: Readonly<Record<DocumentKind, string>> = { initial: 'T02', replace: 'T10', delete: 'T04' };
const ORDER_CONTROL: Readonly<Record<DocumentKind, string>> = { initial: 'NW', replace: 'RO', delete: 'CA' };
const STATUS: Readonly<Record<DocumentKind, string>> = { initial: 'F', replace: 'C', delete: 'D' };
const PROFILE = '2.1^CISIS_CDA_HL7_V2';

/** An MDM (2.6) or ORU (2.5) of the CI-SIS volet, as a DPI, RIS or lab system would send it. */
export function writeDocumentMessage(spec: DocumentMessageSpec): Buffer {
  const mdm = spec.messageType === 'MDM';
  const type = composite(spec.typeCode.code, spec.typeCode.label, codingSystemName(spec.typeCode.system));
  const before: string[] = [
    header(spec.header, {
      type: mdm ? ['MDM', EVENT[spec.kind], 'MDM_T02'] : ['ORU', 'R01', 'ORU_R01'],
      version: [mdm ? '2.6' : '2.5'],
      profile: PROFILE,
    }),
  ];
  if (mdm) before.push(segment('EVN', { 2: formatDtm(spec.header.at) }));
  before.push(pid(spec.patient));
  if (spec.visit !== undefined || mdm) before.push(pv1(spec.visit ?? { patientClass: 'N' }));
  before.push(segment('ORC', { 1: ORDER_CONTROL[spec.kind] }), segment('OBR', { 1: '1', 4: type }));
  if (mdm) {
    before.push(
      segment('TXA', {
        1: '1',
        2: spec.typeCode.code,
        3: 'TEXT',
        4: instant(spec.activityAt ?? spec.header.at),
        12: reference(spec.documentId),
        13: reference(spec.parentId),
        17: 'AU',
      }),
    );
  }
  // The document is written apart: its base64 is bytes, never a part of a longer text.
  return Buffer.concat([
    message(before, spec.header.charset),
    message([segment('OBX', { 1: '1', 2: 'ED', 3: type })], spec.header.charset).subarray(0, -1),
    Buffer.from(`||^${mdm ? 'text' : 'TEXT'}^XML^Base64^`, 'latin1'),
    Buffer.from(spec.cda.toString('base64'), 'latin1'),
    Buffer.from(`||||||${STATUS[spec.kind]}\r`, 'latin1'),
    message([...participations(spec), ...steering(spec, mdm ? 'CWE' : 'CE')], spec.header.charset),
  ]);
}

function reference(id: DocumentReference | undefined): Written | undefined {
  if (id === undefined) return undefined;
  return id.extension === undefined ? composite(id.root) : composite(id.extension, '', id.root, 'ISO');
}

function participations(spec: DocumentMessageSpec): string[] {
  const segments: string[] = [];
  if (spec.sender !== undefined) {
    const { person, organisation, device } = spec.sender;
    segments.push(prt('SB', 'Send by', { 5: xcn(person), 8: xon(organisation), 10: device }));
  }
  for (const { person, organisation, application, address } of spec.recipients) {
    segments.push(
      prt('RCT', 'Results Copies To', { 5: xcn(person), 8: xon(organisation), 10: application, 15: mailbox(address) }),
    );
  }
  if (spec.replyTo !== undefined) segments.push(prt('REPLY', 'Reply To', { 15: mailbox(spec.replyTo) }));
  return segments;
}

function prt(role: string, label: string, fields: Parameters<typeof segment>[1]): string {
  return segment('PRT', { 2: 'UC', 4: composite(role, label, 'participation'), ...fields });
}

function xcn(person: Person | undefined): Written | undefined {
  if (person === undefined) return undefined;
  const nameType = person.idAuthority === INS_OID.nir || person.idType === 'INS' ? 'L' : 'D';
  const authority = ['', person.idAuthority, 'ISO'];
  return composite(
    person.id,
    person.family,
    person.given,
    '',
    '',
    '',
    '',
    '',
    authority,
    nameType,
    '',
    '',
    person.idType,
  );
}

function xon(organisation: Organisation | undefined): Written | undefined {
  if (organisation === undefined) return undefined;
  const authority = ['', '1.2.250.1.71.4.2.2', 'ISO'];
  return composite(organisation.name, '', '', '', '', authority, organisation.idType, '', '', organisation.id);
}

function mailbox(address: string | undefined): Written | undefined {
  return address === undefined ? undefined : composite('', '', 'X.400', address);
}

const LABELS: Readonly<Record<string, string>> = {
  MASQUE_PS: 'Masqué aux professionnels de santé',
  INVISIBLE_PATIENT: 'Document non visible par le patient',
  INVISIBLE_REP_LEGAUX: 'Non visible par les représentants légaux du patient',
  CONNEXION_SECRETE: 'Connexion secrète',
  MODIF_CONF_CODE: 'Modification Confidentiality Code',
  DESTDMP: 'Destinataire DMP',
  DESTMSSANTEPS: 'Destinataire (professionnel de santé, organisation ou BAL applicative)',
  DESTMSSANTEPAT: 'Destinataire patient',
  ACK_RECEPTION: 'Accusé de réception',
  ACK_LECTURE_MSS: 'Accusé de lecture',
};

function steering(spec: DocumentMessageSpec, valueType: 'CE' | 'CWE'): string[] {
  const segments: string[] = [];
  // OBX-1 counts on from the document, in the fixed order of the volet; a flag that is not said leaves its number free.
  Object.entries(LABELS).forEach(([code, label], index) => {
    const value = flagOf(spec.flags, code);
    if (value !== undefined) {
      const said = composite(value ? 'Y' : 'N', '', 'expandedYes-NoIndicator');
      segments.push(
        segment('OBX', {
          1: String(index + 2),
          2: valueType,
          3: composite(code, label, 'MetaDMPMSS'),
          5: said,
          11: 'F',
        }),
      );
    }
    if (code === 'DESTMSSANTEPAT' && spec.flags.finMes === true) segments.push(segment('NTE', { 1: '1', 4: 'FIN' }));
  });
  if (spec.bodies.ps !== undefined)
    segments.push(body('12', 'CORPSMAIL_PS', 'Corps du mail pour un PS', spec.bodies.ps));
  if (spec.bodies.patient !== undefined) {
    segments.push(body('13', 'CORPSMAIL_PATIENT', 'Corps du mail pour un patient', spec.bodies.patient));
  }
  return segments;
}

function flagOf(flags: DocumentFlags, code: string): boolean | undefined {
  const flag = steeringCodes[code];
  return flag === undefined ? undefined : flags[flag];
}

function body(position: string, code: string, label: string, text: string): string {
  const data = written(`^TEXT^^Base64^${Buffer.from(text, 'utf8').toString('base64')}`);
  return segment('OBX', { 1: position, 2: 'ED', 3: composite(code, label, 'MetaDMPMSS'), 5: data, 11: 'F' });
}
