import type { Hl7Message } from './hl7-message.js';
import { type HeaderSpec, composite, header, message, segment } from './segment-writer.js';
import { formatDtm } from '@pfi/health';

/** Outcome of the DMP deposit; of the MSSanté delivery; MSSanté read receipt. */
export type ZamKind = 'Z01' | 'Z02' | 'Z03';

export interface ZamError {
  /** As received: DMP code, SMTP code, or applicationErrorCondition (900–906). */
  code: string;
  label: string;
  /** `DMPERRORCODE`, `SMTPERRORCODE` or `applicationErrorCondition`. */
  system: string;
}

/** Second OBX of Z02 and Z03. */
export interface ZamRecipient {
  /** National id; may be empty. */
  id: string;
  address: string;
}

export interface ZamSpec {
  kind: ZamKind;
  to: { application: string; facility: string };
  from: { application: string; facility: string };
  /** MSH-10 of this message. */
  controlId: string;
  at: Date;
  /** `P` by default: MSH-11 of the original message. */
  processingId?: string;
  /** MSH-10 of the original MDM or ORU. */
  originalControlId: string;
  positive: boolean;
  /** Required when not positive. */
  error?: ZamError;
  recipient?: ZamRecipient;
}

export interface Zam {
  kind: ZamKind;
  controlId: string;
  originalControlId: string;
  positive: boolean;
  error?: ZamError;
  recipient?: ZamRecipient;
}

const SUBJECT: Readonly<Record<ZamKind, readonly [code: string, label: string]>> = {
  Z01: ['ACK_RECEPTION_DMP', 'Accusé de réception DMP'],
  Z02: ['ACK_RECEPTION_MSS', 'Accusé de réception MSSanté'],
  Z03: ['ACK_LECTURE_MSS', 'Accusé de lecture'],
};
const PARTY: Readonly<Record<ZamKind, readonly [code: string, label: string] | undefined>> = {
  Z01: undefined,
  Z02: ['DESTINATAIRE_MSS', 'Destinataire MSSanté'],
  Z03: ['LECTEUR_MSS', 'Lecteur du courriel MSSanté'],
};
const SYSTEM = 'AckMetierZAM';

/**
 * Business acknowledgement ZAM^Z01/Z02/Z03 (HL7 2.6).
 * @throws RangeError when a negative one says no error (ERR is required there)
 */
export function buildZam(spec: ZamSpec): Buffer {
  if (!spec.positive && spec.error === undefined) throw new RangeError('a negative ZAM must carry an error');
  const addressed: HeaderSpec = {
    application: spec.from.application,
    facility: spec.from.facility,
    receivingApplication: spec.to.application,
    receivingFacility: spec.to.facility,
    at: spec.at,
    controlId: spec.controlId,
    ...(spec.processingId === undefined ? {} : { processingId: spec.processingId }),
  };
  const segments = [
    header(addressed, { type: ['ZAM', spec.kind, 'ZAM_Z01'], version: ['2.6'], profile: '2.1^CISIS_CDA_HL7_V2' }),
    segment('EVN', { 2: formatDtm(spec.at) }),
    segment('OBX', {
      1: '1',
      2: 'CWE',
      3: composite(...SUBJECT[spec.kind], SYSTEM),
      4: spec.originalControlId,
      5: composite(spec.positive ? 'Y' : 'N', '', 'expandedYes-NoIndicator'),
      11: 'F',
    }),
  ];
  const party = PARTY[spec.kind];
  if (party !== undefined && spec.recipient !== undefined) {
    segments.push(
      segment('OBX', {
        1: '2',
        2: 'XTN',
        3: composite(...party, SYSTEM),
        4: spec.recipient.id,
        5: composite('', '', 'X.400', spec.recipient.address),
        11: 'F',
      }),
    );
  }
  if (spec.error !== undefined) {
    segments.push(
      segment('ERR', {
        3: composite('207', 'Application internal error', 'messageErrorCondition'),
        4: 'E',
        5: composite(spec.error.code, spec.error.label, spec.error.system),
      }),
    );
  }
  return message(segments);
}

/** @throws Hl7Fault MESSAGE_TYPE_UNSUPPORTED, EVENT_UNSUPPORTED, REQUIRED_FIELD */
export function readZam(zam: Hl7Message): Zam {
  const { messageType, event, controlId } = zam.header;
  if (messageType !== 'ZAM') {
    throw zam.fault(
      'MESSAGE_TYPE_UNSUPPORTED',
      '200',
      'Type de message non pris en charge ici : ZAM attendu.',
      'MSH^1^9',
    );
  }
  if (event !== 'Z01' && event !== 'Z02' && event !== 'Z03') {
    throw zam.fault('EVENT_UNSUPPORTED', '201', 'Événement ZAM inconnu : Z01, Z02 ou Z03 attendu.', 'MSH^1^9');
  }
  const subject = zam.required('OBX');
  const answer = subject.value(5);
  if (answer !== 'Y' && answer !== 'N') throw zam.missing('OBX^1^5', 'OBX-5 ne vaut ni Y ni N');
  const read: Zam = { kind: event, controlId, originalControlId: subject.value(4), positive: answer === 'Y' };
  const err = zam.segment('ERR');
  if (err !== undefined) read.error = { code: err.value(5), label: err.value(5, 2), system: err.value(5, 3) };
  const party = zam.segments('OBX')[1];
  if (party !== undefined) read.recipient = { id: party.value(4), address: party.value(5, 4) };
  return read;
}
