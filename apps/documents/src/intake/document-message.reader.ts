import type { CdaDocument } from '@pfi/cda';
import { readDocumentMessage, type DocumentMessage } from '@pfi/hl7v2';
import { GROUP_OWNER, Hl7MessageReader, MessageRefused } from '@pfi/platform-intake';
import type { MllpFrame } from '@pfi/platform-mllp';
import { ownerOfLegalEntity, type Ght, type Source } from '@pfi/platform-settings';
import type { Recipient } from '../deliveries/records.js';
import type { DocumentAdmission } from './document-admission.js';
import type { IncomingDocument } from './incoming-document.js';
import { refusalOfCda } from './refusal.js';
import type { Places, Statement } from './statement.js';

/** MDM and ORU frames to documents: every check that needs no database. */
export function documentMessageReader(ght: Ght, admission: DocumentAdmission): Hl7MessageReader<IncomingDocument> {
  return new Hl7MessageReader({
    ght,
    refusalOf: refusalOfCda,
    ownerOf: ({ legalEntities: [first] }) => (first === undefined ? GROUP_OWNER : ownerOfLegalEntity(first)),
    open: (id, message, source, frame) => {
      const document = readDocumentMessage(message);
      const work = incomingOf(admission, id, document, source, frame);
      const { base64 } = document;
      return { work, owner: work.owner, carried: base64 && { base64, sha256: work.contentSha256 } };
    },
  });
}

function incomingOf(
  admission: DocumentAdmission,
  id: string,
  document: DocumentMessage,
  source: Source,
  frame: MllpFrame,
): IncomingDocument {
  const statement = statementOf(id, document, source, frame);
  const opened = admission.open(statement);
  checkReference(document, opened.cda);
  return admission.cda(statement, opened);
}

const intents = { initial: 'initial', replace: 'replace', delete: 'withdraw' } as const;

const PLACES: Places = {
  ins: 'PID^1^3',
  identifiers: 'PID^1^3',
  flags: 'OBX^1^5',
  parent: 'TXA^1^13',
  content: 'OBX^1^5',
  recipient: () => 'PRT^1^15',
  replyTo: 'PRT^1^15',
};

function statementOf(id: string, document: DocumentMessage, source: Source, frame: MllpFrame): Statement {
  const { patient, visit } = document;
  return {
    id,
    source,
    controlId: document.header.controlId,
    receivedAt: frame.receivedAt,
    traceparent: frame.traceparent ?? null,
    content: document.cda,
    intent: intents[document.kind],
    // An extension may be a local name (see below): the root alone names the version that is replaced.
    parent: document.txa?.parentId?.root ?? null,
    patient: {
      ins: patient.ins ?? null,
      identifiers: patient.identifiers,
      traits: patient.traits,
      validated: patient.pid32.includes('VALI'),
      fictitious: patient.pid32.includes('FICT'),
    },
    stay: stayOf(document),
    unit: visit?.unit,
    admittedAt: visit?.admittedAt,
    patientClass: visit?.patientClass,
    flags: document.flags,
    recipients: document.recipients.map(recipientOf),
    mail: {
      bodies: { professional: document.bodies.ps ?? null, patient: document.bodies.patient ?? null },
      replyTo: document.replyTo ?? null,
      replyAllowed: !document.flags.finMes,
    },
    sender: document.sender,
    warnings: document.warnings,
    places: PLACES,
  };
}

/** PV1-19, else PID-18 (design D6). */
function stayOf({ visit, patient }: DocumentMessage): Statement['stay'] {
  if (visit?.number) return { number: visit.number, authority: visit.authority };
  const account = patient.accountNumber;
  return account?.value ? { number: account.value, authority: account.authority } : null;
}

function recipientOf({ kind, person, organisation, address }: DocumentMessage['recipients'][number]): Recipient {
  return {
    kind: kind === 'professional' || kind === 'patient' ? kind : 'structure',
    id: person?.id ?? organisation?.id ?? null,
    name: person ? `${person.family} ${person.given}` : (organisation?.name ?? null),
    address: address ?? null,
  };
}

function checkReference(document: DocumentMessage, cda: CdaDocument): void {
  const said = document.txa?.documentId.root;
  // Published examples put a local name in TXA-12.2, where the document has no extension: the root alone decides.
  if (said !== undefined && said !== cda.header.id.root)
    throw new MessageRefused(
      '103',
      'DOCUMENT_ID_MISMATCH',
      'TXA-12 ne désigne pas le document transmis (ClinicalDocument/id) : corriger et réémettre.',
      'TXA^1^12',
    );
}
