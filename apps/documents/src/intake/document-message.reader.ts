import { randomBytes } from 'node:crypto';
import { readCda, type CdaDocument } from '@pfi/cda';
import { patientAgreement, routingAllows } from '@pfi/documents-core';
import { acceptedInsOids, isOid, parisDay, type Ins, type InsEnvironment, type LocalIdentifier } from '@pfi/health';
import {
  buildAck,
  parseMessage,
  readDocumentMessage,
  type DocumentMessage,
  type Hl7Message,
  type MessageHeader,
} from '@pfi/hl7v2';
import { admitSource, GROUP_OWNER, sha256Of, SourceRefused, type JournalEntry, type Reading } from '@pfi/platform-intake';
import type { MllpFrame } from '@pfi/platform-mllp';
import { ownerOfLegalEntity, type Ght, type Source } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import { entryMetadata, submissionMetadata } from './entry-metadata.js';
import type { IncomingDocument } from './incoming-document.js';
import { MessageRefused, refusalOf, type Refusal } from './refusal.js';

/** MDM and ORU frames to documents: every check that needs no database. */
export class DocumentMessageReader {
  readonly #insOids: ReadonlySet<string>;

  constructor(
    private readonly ght: Ght,
    environment: InsEnvironment,
  ) {
    this.#insOids = new Set(acceptedInsOids(environment));
  }

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
      const refusal = error instanceof SourceRefused ? ofSource(error) : refusalOf(error);
      if (!refusal) throw error;
      known.header ??= headerOf(error);
      return { entry: this.entry(id, frame, known, { refusal }) };
    }
  }

  /** The same entry, refused by what only the database could tell. */
  refused(entry: JournalEntry, refusal: Refusal): JournalEntry {
    const header = parseMessage(entry.raw).header;
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
    return this.refused(entry, {
      hl7Code: '207',
      code: 'INTERNAL_ERROR',
      textFr: 'La plateforme n’a pas pu traiter ce message ; il est conservé dans les rejets : prévenir l’exploitant.',
    });
  }

  private document(id: string, message: Hl7Message, source: Source, frame: MllpFrame): IncomingDocument {
    const document = readDocumentMessage(message);
    const cda = readCda(document.cda);
    this.checkIns(document);
    checkReference(document, cda);
    const agreement = this.agreement(document, cda);
    if (document.kind !== 'initial')
      throw new MessageRefused('201', 'EVENT_UNSUPPORTED', 'Remplacement et suppression ne sont pas encore pris en charge.', 'MSH^1^9');
    if (!routingAllows(document.flags, this.ght.file.routing))
      throw new MessageRefused(
        '103',
        'ROUTING_FORBIDDEN',
        'Cette combinaison de visibilité et de destinataires MSSanté n’est pas prévue par le volet : corriger les métadonnées.',
        'OBX^1^5',
      );
    return this.incoming(id, document, cda, source, frame, agreement);
  }

  private incoming(
    id: string,
    document: DocumentMessage,
    cda: CdaDocument,
    source: Source,
    frame: MllpFrame,
    agreementWarnings: readonly string[],
  ): IncomingDocument {
    const { header, level } = cda;
    const day = parisDay(document.visit?.admittedAt ?? frame.receivedAt);
    const { establishment, legalEntity, owner } = this.ght.belongingOf(source, document.visit?.unit, day);
    const identifiers = this.identifiers(document, source);
    const type = this.ght.documentType(header.code.code);
    const entry = entryMetadata(header, level, type, document.flags, legalEntity);
    const domainOid = this.ght.domain(source.domain)?.authority.oid;
    const local = identifiers[0];
    return {
      id,
      owner,
      establishment: establishment.finess,
      source: source.key,
      domain: source.domain,
      controlId: document.header.controlId,
      receivedAt: frame.receivedAt,
      content: document.cda,
      mediaType: 'text/xml',
      level,
      claim: {
        documentId: entry.uniqueId,
        setId: header.setId ? idText(header.setId) : null,
        version: header.versionNumber ?? 1,
        parentId: header.relatedDocument ? idText(header.relatedDocument.parentId) : null,
      },
      type: entry.type,
      title: entry.title,
      effectiveAt: header.effectiveAt,
      patient: {
        ins: document.patient.ins ?? null,
        traits: document.patient.traits,
        identifiers,
        vouched: source.mayVouch && document.patient.ins !== undefined && document.patient.pid32.includes('VALI'),
        fictitious: document.patient.pid32.includes('FICT'),
      },
      stay: this.stay(document, source),
      flags: document.flags,
      recipients: document.recipients.map((recipient) => ({
        kind: recipient.kind === 'professional' || recipient.kind === 'patient' ? recipient.kind : 'structure',
        id: recipient.person?.id ?? recipient.organisation?.id ?? null,
        name: recipient.person ? `${recipient.person.family} ${recipient.person.given}` : (recipient.organisation?.name ?? null),
        address: recipient.address ?? null,
      })),
      facts: {
        content: 'cda',
        insInDocument: header.patient.ins ?? null,
        traitsInDocument: header.patient.traits,
        typeAcceptedByDmp: type?.acceptedByDmp ?? false,
        idIsOid: header.id.extension === undefined && isOid(header.id.root),
        complete: entry.creationTime !== '',
      },
      metadata: {
        document: entry,
        submission: submissionMetadata(document.sender, entry, document.visit?.patientClass, document.flags, legalEntity),
        local: local && domainOid ? { value: local.value, authorityOid: domainOid } : null,
      },
      warnings: [
        ...document.warnings,
        ...cda.warnings,
        ...agreementWarnings.map((what) => ({
          code: 'PATIENT_DIFFERENCE',
          textFr: `Message et document diffèrent sur : ${what}.`,
        })),
      ],
      traceparent: frame.traceparent ?? null,
    };
  }

  /** A test INS never enters production, nor a production INS a trial (GHT environment). */
  private checkIns(document: DocumentMessage): void {
    const { ins } = document.patient;
    if (ins && !this.#insOids.has(ins.oid))
      throw new MessageRefused(
        '102',
        'INS_INVALID',
        'L’autorité de l’INS (OID) n’est pas acceptée par cette plateforme : vérifier l’environnement de l’émetteur.',
        'PID^1^3',
      );
  }

  private agreement(document: DocumentMessage, cda: CdaDocument): readonly string[] {
    const { patient } = cda.header;
    const { mismatches, warnings } = patientAgreement(
      {
        ins: document.patient.ins ?? null,
        traits: document.patient.traits,
        localIds: document.patient.identifiers.map((identifier) => identifier.value),
      },
      {
        ins: patient.ins ?? null,
        traits: patient.traits,
        localIds: patient.ids.filter((id) => !isIns(id, patient.ins)).map((id) => id.extension),
      },
    );
    if (mismatches.length > 0)
      throw new MessageRefused(
        '207',
        'PATIENT_MISMATCH',
        `Le message et le document ne parlent pas du même patient (${mismatches.join(', ')}) : corriger et réémettre.`,
        'PID^1^3',
      );
    return warnings;
  }

  /** Identifiers under their canonical authority; one of another identity domain refuses the message. */
  private identifiers(document: DocumentMessage, source: Source): LocalIdentifier[] {
    return document.patient.identifiers.flatMap((identifier) => {
      const authority = this.ght.domainOfAuthority(identifier.authority);
      if (!authority) return [];
      if (authority.domain !== source.domain)
        throw new MessageRefused(
          '207',
          'SOURCE_NOT_ALLOWED',
          'L’identifiant du patient appartient à un autre domaine d’identité que celui de l’émetteur.',
          'PID^1^3',
        );
      return [{ authority: authority.name, value: identifier.value, type: identifier.type }];
    });
  }

  private stay(document: DocumentMessage, source: Source): IncomingDocument['stay'] {
    const number = document.visit?.number ?? document.patient.accountNumber?.value;
    if (!number) return null;
    const reference = document.visit?.number ? document.visit.authority : document.patient.accountNumber?.authority;
    const authority = reference ? this.ght.domainOfAuthority(reference) : undefined;
    return { authority: authority?.name ?? this.ght.domain(source.domain)?.authority.name ?? '', number };
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

const ofSource = (error: SourceRefused): Refusal => ({
  hl7Code: error.hl7Code,
  code: error.code,
  textFr: error.textFr,
  ...(error.location ? { location: error.location } : {}),
});

const headerOf = (error: unknown): Partial<MessageHeader> =>
  (error as { readonly header?: Partial<MessageHeader> }).header ?? {};

export const idText = (id: { readonly root: string; readonly extension?: string }): string =>
  id.extension ? `${id.root}^${id.extension}` : id.root;

const isIns = (id: { readonly root: string; readonly extension: string }, ins: Ins | undefined): boolean =>
  ins !== undefined && id.root === ins.oid && id.extension === ins.matricule;

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
