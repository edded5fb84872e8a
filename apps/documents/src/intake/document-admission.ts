import { openCda, type CdaHeader, type OpenedCda as ReadCda } from '@pfi/cda';
import { patientAgreement, routingAllows } from '@pfi/documents-core';
import { isOid, parisDay, type Ins, type InsEnvironment } from '@pfi/health';
import { sha256Of } from '@pfi/platform-content';
import { MessageRefused } from '@pfi/platform-intake';
import type { Belonging, Ght } from '@pfi/platform-settings';
import type { EntryMetadata } from '../deliveries/records.js';
import { ContentCheck } from './content/content-check.js';
import { entryMetadata, submissionMetadata } from './entry-metadata.js';
import type { IncomingDocument } from './incoming-document.js';
import { admitMail } from './mail-admission.js';
import { PatientAdmission } from './patient-admission.js';
import type { Statement } from './statement.js';

/** A CDA that was read and speaks of the patient of its statement. */
export interface OpenedCda {
  readonly cda: ReadCda;
  /** French names of what differs without consequence. */
  readonly differences: readonly string[];
}

/** From a statement and its bytes to a document: every check that needs no database and no knowledge of the door. */
export class DocumentAdmission {
  readonly patients: PatientAdmission;
  private readonly contents: ContentCheck;

  constructor(
    private readonly ght: Ght,
    environment: InsEnvironment,
  ) {
    this.patients = new PatientAdmission(ght, environment);
    this.contents = new ContentCheck(ght.file.contents);
  }

  /** Raises CdaFault, INS_INVALID, PATIENT_MISMATCH (design D12). */
  open(statement: Statement): OpenedCda {
    const cda = openCda(statement.content);
    this.patients.checkIns(statement);
    return { cda, differences: differences(statement, cda.header) };
  }

  /** A received CDA. Raises what ContentCheck does, ROUTING_FORBIDDEN, ADDRESS_INVALID, SOURCE_NOT_ALLOWED. */
  cda(
    statement: Statement,
    { cda, differences }: OpenedCda,
    belonging = this.belongingOf(statement),
  ): IncomingDocument {
    const { header, level } = cda;
    const checked = this.contents.cda(statement.content, cda.pdf, statement.source, statement.places.content);
    const warnings = [
      ...statement.warnings,
      ...cda.warnings,
      ...checked.warnings,
      ...differences.map((what) => ({
        code: 'PATIENT_DIFFERENCE',
        textFr: `Message et document diffèrent sur : ${what}.`,
      })),
    ];
    return this.incoming({ ...statement, warnings }, header, level, belonging, {
      mediaType: 'text/xml',
      pdf: checked.pdf,
      content: 'cda',
      insInDocument: header.patient.ins ?? null,
      traitsInDocument: header.patient.traits,
    });
  }

  /**
   * A received PDF, with the template of the CDA that will hold it and the header of that CDA.
   * Raises what ContentCheck does, ROUTING_FORBIDDEN, ADDRESS_INVALID, SOURCE_NOT_ALLOWED.
   */
  pdf(
    statement: Statement,
    header: CdaHeader,
    template: NonNullable<EntryMetadata['n1']>,
    belonging: Belonging,
  ): IncomingDocument {
    const { content, source, places } = statement;
    const warnings = [...statement.warnings, ...this.contents.pdf(content, source, places.content)];
    return this.incoming({ ...statement, warnings }, header, 'N1', belonging, {
      mediaType: 'application/pdf',
      pdf: null,
      content: 'pdf',
      insInDocument: null,
      traitsInDocument: statement.patient.traits,
      n1: template,
    });
  }

  belongingOf(statement: Statement): Belonging {
    const day = parisDay(statement.admittedAt ?? statement.receivedAt);
    return this.ght.belongingOf(statement.source, statement.unit, day);
  }

  private incoming(
    statement: Statement,
    header: CdaHeader,
    level: 'N1' | 'N3',
    { establishment, legalEntity, owner }: Belonging,
    form: Pick<IncomingDocument['facts'], 'content' | 'insInDocument' | 'traitsInDocument'> &
      Pick<IncomingDocument, 'mediaType' | 'pdf'> & { readonly n1?: EntryMetadata['n1'] },
  ): IncomingDocument {
    const { source, flags } = statement;
    this.checkRouting(statement);
    const { recipients, mail, warnings } = admitMail(statement, this.ght.file.mss.trustedDomains);
    const patient = this.patients.declared(statement);
    const type = this.ght.documentType(header.code.code);
    const entry = entryMetadata(header, level, type, flags, legalEntity);
    return {
      id: statement.id,
      intent: statement.intent,
      owner,
      establishment: establishment.finess,
      source: source.key,
      domain: source.domain,
      controlId: statement.controlId,
      receivedAt: statement.receivedAt,
      content: statement.content,
      pdf: form.pdf,
      contentSha256: sha256Of(statement.content),
      mediaType: form.mediaType,
      level,
      claim: {
        documentId: entry.uniqueId,
        setId: header.setId ? idText(header.setId) : null,
        version: header.versionNumber ?? 1,
        parentId: parentOf(statement, header),
      },
      type: entry.type,
      title: entry.title,
      effectiveAt: header.effectiveAt,
      patient,
      stay: this.patients.stay(statement),
      flags,
      recipients,
      mail,
      facts: {
        content: form.content,
        insInDocument: form.insInDocument,
        traitsInDocument: form.traitsInDocument,
        typeAcceptedByDmp: type?.acceptedByDmp ?? false,
        idIsOid: header.id.extension === undefined && isOid(header.id.root),
        complete: entry.creationTime !== '',
      },
      metadata: {
        document: entry,
        submission: submissionMetadata(statement.sender, entry, statement.patientClass, flags, legalEntity),
        local: this.patients.local(source, patient),
        ...(form.n1 ? { n1: form.n1 } : {}),
      },
      warnings: [...statement.warnings, ...warnings],
      traceparent: statement.traceparent,
    };
  }

  private checkRouting({ flags, places }: Statement): void {
    if (!routingAllows(flags, this.ght.file.routing))
      throw new MessageRefused(
        '103',
        'ROUTING_FORBIDDEN',
        'Cette combinaison de visibilité et de destinataires MSSanté n’est pas prévue par le volet : corriger les métadonnées.',
        places.flags,
      );
  }
}

function differences({ patient, places }: Statement, { patient: inCda }: CdaHeader): readonly string[] {
  const { mismatches, warnings } = patientAgreement(
    {
      ins: patient.ins,
      traits: patient.traits,
      localIds: patient.identifiers.map((identifier) => identifier.value),
    },
    {
      ins: inCda.ins ?? null,
      traits: inCda.traits,
      localIds: inCda.ids.filter((id) => !isIns(id, inCda.ins)).map((id) => id.extension),
    },
  );
  if (mismatches.length > 0)
    throw new MessageRefused(
      '207',
      'PATIENT_MISMATCH',
      `Le message et le document ne parlent pas du même patient (${mismatches.join(', ')}) : corriger et réémettre.`,
      places.ins,
    );
  return warnings;
}

/** The version that is replaced: in the document (RPLC), else around it. A replacement that names two is refused. */
function parentOf({ intent, parent, places }: Statement, { relatedDocument }: CdaHeader): string | null {
  const inCda = relatedDocument ? idText(relatedDocument.parentId) : null;
  if (intent !== 'replace') return inCda;
  if (inCda === null && parent === null)
    throw new MessageRefused(
      '101',
      'REQUIRED_FIELD',
      'Un remplacement doit dire quel document il remplace (relatedDocument RPLC, TXA-13) : compléter et réémettre.',
      places.parent,
    );
  if (inCda !== null && parent !== null && relatedDocument?.parentId.root !== parent)
    throw new MessageRefused(
      '103',
      'PARENT_MISMATCH',
      'Le message et le document ne désignent pas le même document remplacé : corriger et réémettre.',
      places.parent,
    );
  return inCda ?? parent;
}

const idText = (id: { readonly root: string; readonly extension?: string }): string =>
  id.extension ? `${id.root}^${id.extension}` : id.root;

const isIns = (id: { readonly root: string; readonly extension: string }, ins: Ins | undefined): boolean =>
  ins !== undefined && id.root === ins.oid && id.extension === ins.matricule;
