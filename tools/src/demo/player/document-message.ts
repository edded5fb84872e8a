import { randomUUID } from 'node:crypto';
import { writeCdaForTests } from '@pfi/cda/testing';
import type { CdaDefect } from '@pfi/cda/testing';
import { uuidToOid, formatDtm } from '@pfi/health';
import type { Coded, Ins } from '@pfi/health';
import { writeDocumentMessage } from '@pfi/hl7v2';
import type { DocumentFlags, DocumentKind, Recipient } from '@pfi/hl7v2';
import { newControlId } from './adt-message.js';
import type { Sender } from './senders.js';
import type { SyntheticPatient } from './synthetic-patient.js';

const LOINC = '2.16.840.1.113883.6.1';
export const documentTypes = {
  lettreDeLiaison: { code: '11490-0', system: LOINC, label: 'Lettre de liaison à la sortie' },
  compteRenduHospitalier: { code: '34112-3', system: LOINC, label: 'CR hospitalier (séjour)' },
  compteRenduOperatoire: { code: '34874-8', system: LOINC, label: 'CR opératoire' },
  ordonnance: { code: '57833-6', system: LOINC, label: 'Prescription de produits de santé' },
  compteRenduBiologie: { code: '11502-2', system: LOINC, label: 'CR d’examens biologiques' },
} as const satisfies Record<string, Coded>;

export interface DocumentOptions {
  readonly level?: 'N1' | 'N3';
  readonly type?: Coded;
  readonly documentId?: string;
  /** The INS in the CDA's recordTarget; absent by default. */
  readonly insInCda?: Ins;
  /** The INS in PID-3; absent by default. */
  readonly insInPid?: Ins;
  /** PID says the patient's INS and `VALI`. */
  readonly vouched?: boolean;
  readonly flags?: DocumentFlags;
  readonly unit?: string;
  readonly at?: Date;
  /** The author's time in the CDA; that of the message by default. */
  readonly effectiveAt?: Date;
  /** PRT RCT */
  readonly recipients?: readonly Recipient[];
  readonly bodies?: { readonly ps?: string; readonly patient?: string };
  readonly replyTo?: string;
  /** The next version of this document, in its set (MDM^T10, ORU with RO and C). */
  readonly replaces?: Version;
  /** The body of an N1, or the copy of an N3. */
  readonly pdf?: Buffer;
  /** The CDA has at least this size. */
  readonly minBytes?: number;
  readonly defects?: readonly CdaDefect[];
  /** Instead of a written CDA. */
  readonly cda?: Buffer;
}

/** What a later version has to name. */
export interface Version {
  /** ClinicalDocument/id */
  readonly documentId: string;
  /** ClinicalDocument/setId */
  readonly setId: string;
  readonly version: number;
}

export interface SentDocument extends Version {
  readonly controlId: string;
  readonly cda: Buffer;
  readonly message: Buffer;
}

/** A document as an MDM^T02. */
export function mdm(sender: Sender, patient: SyntheticPatient, options: DocumentOptions = {}): SentDocument {
  return documentMessage('MDM', sender, patient, { level: 'N1', type: documentTypes.lettreDeLiaison, ...options });
}

/** A laboratory report as an ORU^R01. */
export function oru(sender: Sender, patient: SyntheticPatient, options: DocumentOptions = {}): SentDocument {
  return documentMessage('ORU', sender, patient, { level: 'N3', type: documentTypes.compteRenduBiologie, ...options });
}

/** The same document under a new MSH-10. */
export function sentAgain(
  sender: Sender,
  patient: SyntheticPatient,
  { documentId, cda }: SentDocument,
  options: DocumentOptions = {},
): SentDocument {
  return mdm(sender, patient, { ...options, documentId, cda });
}

/** The withdrawal of a document that was sent (MDM^T04): the document itself, to be deleted. */
export function withdrawal(
  sender: Sender,
  patient: SyntheticPatient,
  { documentId, cda }: Pick<SentDocument, 'documentId' | 'cda'>,
  options: DocumentOptions = {},
): SentDocument {
  return documentMessage(
    'MDM',
    sender,
    patient,
    { level: 'N1', type: documentTypes.lettreDeLiaison, ...options, documentId, cda },
    'delete',
  );
}

/** A professional with a mailbox; without address, to be found in the directory by the RPPS number. */
export const professional = (rpps: string, family: string, address?: string): Recipient => ({
  kind: 'professional',
  person: { id: `8${rpps}`, family, given: 'Camille', idType: 'IDNPS', idAuthority: '1.2.250.1.71.4.2.1' },
  ...(address === undefined ? {} : { address }),
});

function documentMessage(
  messageType: 'MDM' | 'ORU',
  sender: Sender,
  patient: SyntheticPatient,
  options: DocumentOptions & { readonly level: 'N1' | 'N3'; readonly type: Coded },
  kind: DocumentKind = options.replaces ? 'replace' : 'initial',
): SentDocument {
  const { at = new Date(), documentId = uuidToOid(randomUUID()), vouched = false, type, replaces } = options;
  const set = { setId: replaces?.setId ?? documentId, version: (replaces?.version ?? 0) + 1 };
  const ins = vouched ? patient.ins : options.insInPid;
  const controlId = newControlId();
  const cda = options.cda ?? writtenCda(sender, patient, { ...options, ...set, documentId, at });
  const authority = { name: patient.authority.name, oid: patient.authority.oid };
  const message = writeDocumentMessage({
    header: {
      application: sender.application,
      facility: sender.facility,
      receivingApplication: 'PFI',
      receivingFacility: sender.facility,
      at,
      controlId,
    },
    messageType,
    kind,
    typeCode: type,
    cda,
    documentId: { root: documentId },
    ...(replaces ? { parentId: { root: replaces.documentId } } : {}),
    patient: {
      identifiers: [{ authority, value: patient.ipp, type: 'PI' }],
      ...(ins ? { ins } : {}),
      traits: patient.traits,
      pid32: [vouched ? 'VALI' : 'PROV'],
    },
    visit: {
      number: patient.visit,
      authority,
      patientClass: 'I',
      ...(options.unit ? { unit: options.unit } : {}),
      admittedAt: at,
    },
    sender: {
      person: {
        id: '810000000009',
        family: 'MEDECIN',
        given: 'Anne',
        idType: 'IDNPS',
        idAuthority: '1.2.250.1.71.4.2.1',
      },
      organisation: { id: sender.establishment, name: sender.establishmentName, idType: 'FINEG' },
    },
    recipients: [...(options.recipients ?? [])],
    ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
    flags: { destDmp: true, destMssPs: false, destMssPat: false, ackReception: true, ...options.flags },
    bodies: options.bodies ?? {},
  });
  return { controlId, documentId, ...set, cda, message };
}

function writtenCda(
  sender: Sender,
  patient: SyntheticPatient,
  options: DocumentOptions & {
    readonly level: 'N1' | 'N3';
    readonly type: Coded;
    readonly documentId: string;
    readonly setId: string;
    readonly version: number;
    readonly at: Date;
  },
): Buffer {
  const { oid } = patient.authority;
  const { replaces, pdf, effectiveAt = options.at } = options;
  return writeCdaForTests(options.level, {
    id: options.documentId,
    setId: options.setId,
    version: options.version,
    typeCode: options.type,
    // the wall clock of the message, in winter as in summer time
    effectiveTime: `${formatDtm(effectiveAt)}${parisOffset(effectiveAt)}`,
    ins: options.insInCda ?? null,
    localIds: [{ root: oid, extension: patient.ipp }],
    traits: patient.traits,
    structureId: `1${sender.establishment}`,
    encounter: { root: oid, extension: patient.visit },
    ...(replaces
      ? {
          relatedDocument: {
            typeCode: 'RPLC' as const,
            parentId: { root: replaces.documentId },
            parentSetId: { root: replaces.setId },
            parentVersion: replaces.version,
          },
        }
      : {}),
    ...(pdf === undefined ? {} : { pdf }),
    ...(options.minBytes === undefined ? {} : { minBytes: options.minBytes }),
    ...(options.defects === undefined ? {} : { defects: options.defects }),
  });
}

const parisZone = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', timeZoneName: 'longOffset' });

/** `+0100` or `+0200` */
function parisOffset(at: Date): string {
  const name = parisZone.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  return name.replace('GMT', '').replace(':', '');
}
