import { randomBytes } from 'node:crypto';
import type { CdaDocument } from '@pfi/cda';
import {
  buildAck,
  parseMessage,
  readDocumentMessage,
  type DocumentMessage,
  type Hl7Message,
  type MessageHeader,
} from '@pfi/hl7v2';
import { admitSource, GROUP_OWNER, sha256Of, type JournalEntry, type Reading } from '@pfi/platform-intake';
import type { MllpFrame } from '@pfi/platform-mllp';
import { ownerOfLegalEntity, type Ght, type Source } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { Recipient } from '../deliveries/records.js';
import type { DocumentAdmission } from './document-admission.js';
import type { IncomingDocument } from './incoming-document.js';
import { INTERNAL_ERROR, MessageRefused, refusalOf, type Refusal } from './refusal.js';
import type { Places, Statement } from './statement.js';

/** MDM and ORU frames to documents: every check that needs no database. */
export class DocumentMessageReader {
  constructor(
    private readonly ght: Ght,
    private readonly admission: DocumentAdmission,
  ) {}

  /** Never throws for what a sender wrote: a refusal is a reading whose answer is `AE` and whose bytes are kept. */
  read(frame: MllpFrame): Reading<IncomingDocument> {
    const known: { header?: Partial<MessageHeader>; source?: Source } = {};
    const id = uuidV7();
    try {
      const message = parseMessage(frame.bytes);
      known.header = message.header;
      const source = admitSource(this.ght, message.header, frame.clientCertificate);
      known.source = source;
      if (source.separators === 'strict') parseMessage(frame.bytes, { separators: 'strict' });
      const work = this.document(id, message, source, frame);
      return { entry: this.entry(id, frame, known, { owner: work.owner }), work };
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      known.header ??= headerOf(error);
      return { entry: this.entry(id, frame, known, { refusal }) };
    }
  }

  /** The same entry, refused by what only the database could tell. */
  refused(entry: JournalEntry, refusal: Refusal): JournalEntry {
    const header = headerIn(entry.raw);
    return {
      ...entry,
      outcome: 'rejected',
      answer: answer(header, entry.receivedAt, refusal, this.ght.sourceByKey(entry.source)),
      code: refusal.code,
      detail: refusal.textFr,
      ...(refusal.location ? { location: refusal.location } : {}),
    };
  }

  /** The same entry, kept under "rejets" for a fault of ours: its sender must not resend it for ever. */
  unapplicable(entry: JournalEntry): JournalEntry {
    return this.refused(entry, INTERNAL_ERROR);
  }

  private document(id: string, message: Hl7Message, source: Source, frame: MllpFrame): IncomingDocument {
    const document = readDocumentMessage(message);
    const statement = statementOf(id, document, source, frame);
    const opened = this.admission.open(statement);
    checkReference(document, opened.cda);
    if (document.kind !== 'initial')
      throw new MessageRefused(
        '201',
        'EVENT_UNSUPPORTED',
        'Remplacement et suppression ne sont pas encore pris en charge.',
        'MSH^1^9',
      );
    return this.admission.cda(statement, opened);
  }

  private entry(
    id: string,
    frame: MllpFrame,
    known: { readonly header?: Partial<MessageHeader>; readonly source?: Source },
    outcome: { readonly owner?: string; readonly refusal?: Refusal },
  ): JournalEntry {
    const { header = {}, source } = known;
    const { refusal } = outcome;
    return {
      id,
      owner: outcome.owner ?? (source?.legalEntities[0] ? ownerOfLegalEntity(source.legalEntities[0]) : GROUP_OWNER),
      source: source?.key ?? `?${header.application ?? ''}|${header.facility ?? ''}`,
      controlId: header.controlId ?? '',
      sha256: sha256Of(frame.bytes),
      transport: 'mllp',
      messageType: header.messageType ? `${header.messageType}^${header.event ?? ''}` : '',
      receivedAt: frame.receivedAt,
      raw: frame.bytes,
      outcome: refusal ? 'rejected' : 'accepted',
      answer: answer(header, frame.receivedAt, refusal, source),
      ...(refusal ? { code: refusal.code, detail: refusal.textFr } : {}),
      ...(refusal?.location ? { location: refusal.location } : {}),
    };
  }
}

function answer(
  header: Partial<MessageHeader>,
  at: Date,
  refusal: Refusal | undefined,
  source: Source | undefined,
): Buffer {
  return buildAck({
    request: header,
    code: refusal ? (source?.swapErrorCodes ? 'AR' : 'AE') : 'AA',
    controlId: randomBytes(10).toString('hex'),
    at,
    ...(refusal ? { error: refusal } : {}),
  });
}

/** What could be read of the header, whatever is wrong behind it. */
function headerIn(raw: Buffer): Partial<MessageHeader> {
  try {
    return parseMessage(raw).header;
  } catch (error) {
    return headerOf(error);
  }
}

const headerOf = (error: unknown): Partial<MessageHeader> =>
  (error as { readonly header?: Partial<MessageHeader> }).header ?? {};

const PLACES: Places = { ins: 'PID^1^3', identifiers: 'PID^1^3', flags: 'OBX^1^5' };

function statementOf(id: string, document: DocumentMessage, source: Source, frame: MllpFrame): Statement {
  const { patient, visit } = document;
  return {
    id,
    source,
    controlId: document.header.controlId,
    receivedAt: frame.receivedAt,
    traceparent: frame.traceparent ?? null,
    content: document.cda,
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
