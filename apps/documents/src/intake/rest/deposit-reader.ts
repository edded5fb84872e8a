import { bodyInvalid, HttpProblem, parseStrictJson, pointerOf, type Principal } from '@pfi/platform-http';
import { type Coded } from '@pfi/health';
import type { Belonging, Ght, Source } from '@pfi/platform-settings';
import type { DocumentAdmission } from '../document-admission.js';
import type { IncomingDocument } from '../incoming-document.js';
import type { Places, Statement } from '../statement.js';
import { depositMetadataSchema, type DepositMetadata } from './deposit-metadata.schema.js';
import type { DepositParts } from './multipart.js';
import { headerOfTemplate, n1Template } from './n1-template.js';
import type { ReplacedVersion } from '../../persistence/document-search.js';
import { pdfFault, type PdfFault } from '../content/pdf-inspection.js';

const LOINC = '2.16.840.1.113883.6.1';
const XML_TYPES: ReadonlySet<string> = new Set([
  'text/xml',
  'application/xml',
  'application/hl7-cda+xml',
  'application/cda+xml',
]);
const PLACES: Places = {
  ins: '/patient/ins',
  identifiers: '/patient/ipp',
  flags: '/destinations',
  parent: '/relatesTo',
  content: '/file',
  recipient: (index) => `/recipients/${index}/address`,
  replyTo: '/mail/replyTo',
};

const pdfTexts: Readonly<Record<PdfFault, string>> = {
  DOCUMENT_TYPE_MISMATCH: 'Le fichier n’est pas le PDF annoncé : vérifier le document à la source.',
  PDF_UNREADABLE: 'Le PDF est vide ou incomplet : le produire de nouveau.',
  PDF_ENCRYPTED: 'Le PDF est protégé : le déposer sans mot de passe ni restriction.',
};

/** What a deposit is, beside its parts. */
export interface DepositContext {
  readonly id: string;
  readonly controlId: string;
  readonly receivedAt: Date;
  readonly traceparent: string | null;
}

export const refused = (status: 403 | 415 | 422, code: string, textFr: string, pointer: string): HttpProblem =>
  new HttpProblem(status, code, textFr, { pointer });

/** The parts of a deposit to a document: every check that needs no database. */
export class DepositReader {
  constructor(
    private readonly ght: Ght,
    private readonly admission: DocumentAdmission,
  ) {}

  /** Raises BODY_INVALID with a pointer. */
  metadata(bytes: Buffer): DepositMetadata {
    const parsed = depositMetadataSchema.safeParse(parseStrictJson(utf8(bytes)));
    if (parsed.success) return parsed.data;
    const errors = parsed.error.issues.slice(0, 20).map((issue) => {
      const extra = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
      return { pointer: pointerOf([...issue.path, ...extra]), text: issue.message };
    });
    throw bodyInvalid(errors[0]?.text ?? '', errors[0]?.pointer ?? '', errors);
  }

  /** The source named by the metadata, if this machine may deposit for it. Raises SOURCE_NOT_ALLOWED. */
  source(metadata: DepositMetadata, principal: Principal): Source {
    const source = this.ght.sourceByKey(metadata.source);
    if (
      !source ||
      !principal.machine ||
      !source.restClients.includes(principal.subject) ||
      !source.messages.includes('REST')
    )
      throw sourceNotAllowed('/source');
    return source;
  }

  /** Raises HttpProblem, MessageRefused, CdaFault: what the depositor must mend. */
  document(
    metadata: DepositMetadata,
    source: Source,
    { file, mediaType }: DepositParts,
    context: DepositContext,
    principal: Principal,
    replaced: ReplacedVersion | null,
  ): IncomingDocument {
    const statement = statementOf(metadata, source, file, context, replaced);
    this.checkAuthority(metadata);
    const belonging = this.belonging(statement, metadata.custodian?.finess);
    if (!principal.scopes.includes(belonging.owner)) throw sourceNotAllowed('/source');
    if (mediaType === 'application/pdf') return this.pdf(metadata, statement, belonging, replaced);
    if (XML_TYPES.has(mediaType)) return this.cda(metadata, statement, belonging);
    throw refused(415, 'MEDIA_TYPE_UNSUPPORTED', 'Déposez un PDF (application/pdf) ou un CDA (text/xml).', '/file');
  }

  /** A message may name authorities that nobody knows; a deposit names one, so it is an error of writing. */
  private checkAuthority({ patient: { ipp } }: DepositMetadata): void {
    if (ipp && !this.ght.domainOfAuthority(authorityOf(ipp.authority)))
      throw refused(
        422,
        'AUTHORITY_UNKNOWN',
        'L’autorité de l’identifiant du patient n’est pas connue : donner son nom ou son OID du fichier du GHT.',
        '/patient/ipp/authority',
      );
  }

  private pdf(
    metadata: DepositMetadata,
    statement: Statement,
    belonging: Belonging,
    replaced: ReplacedVersion | null,
  ): IncomingDocument {
    const fault = pdfFault(statement.content);
    if (fault) throw refused(422, fault, pdfTexts[fault], '/file');
    const { patients } = this.admission;
    patients.checkIns(statement);
    const local = patients.local(statement.source, patients.declared(statement));
    const template = n1Template(metadata, this.typeOf(metadata.typeCode), local, belonging.legalEntity, replaced);
    return this.admission.pdf(statement, headerOfTemplate(template, statement), template, belonging);
  }

  private cda(metadata: DepositMetadata, statement: Statement, belonging: Belonging): IncomingDocument {
    const opened = this.admission.open(statement);
    if (opened.cda.header.code.code !== metadata.typeCode)
      throw refused(
        422,
        'METADATA_MISMATCH',
        'Le type annoncé n’est pas celui du CDA : corriger les métadonnées.',
        '/typeCode',
      );
    return this.admission.cda(statement, opened, belonging);
  }

  /** The type as the group knows it. An unknown one is kept as LOINC: rules will tell that no channel takes it. */
  private typeOf(code: string): Coded {
    const known = this.ght.documentType(code);
    return known ? { code, system: known.system, label: known.label } : { code, system: LOINC, label: code };
  }

  /** The custodian's, when it is one of the source's own; else that of the unit, or the source's default. */
  private belonging(statement: Statement, custodian: string | undefined): Belonging {
    const { source } = statement;
    const found = this.admission.belongingOf(statement);
    if (custodian === undefined) return found;
    const entity = this.ght.legalEntity(custodian) ?? this.ght.legalEntityOf(custodian);
    if (!entity || !source.legalEntities.includes(entity.finess)) throw sourceNotAllowed('/custodian/finess');
    const establishment = this.ght.establishment(custodian);
    if (establishment) return { ...found, establishment, legalEntity: entity, owner: `ej:${entity.finess}` };
    if (entity.finess === found.legalEntity.finess) return found;
    const [first] = entity.establishments;
    if (!first) throw sourceNotAllowed('/custodian/finess');
    return { establishment: first, legalEntity: entity, owner: `ej:${entity.finess}` };
  }
}

export const sourceNotAllowed = (pointer: string): HttpProblem =>
  refused(
    403,
    'SOURCE_NOT_ALLOWED',
    'Ce client ne peut pas déposer pour cette source : vérifier « source », ou le déclarer (restClients) dans le fichier du GHT.',
    pointer,
  );

function statementOf(
  metadata: DepositMetadata,
  source: Source,
  content: Buffer,
  context: DepositContext,
  replaced: ReplacedVersion | null,
): Statement {
  const { patient, stay, visibility, destinations, mail } = metadata;
  const flags = {
    ...visibility,
    destDmp: destinations?.dmp,
    destMssPs: destinations?.mssPro,
    destMssPat: destinations?.mssPatient,
  };
  return {
    ...context,
    source,
    content,
    intent: replaced ? 'replace' : 'initial',
    parent: replaced?.documentOid ?? null,
    patient: {
      ins: patient.ins ?? null,
      identifiers: patient.ipp
        ? [{ authority: authorityOf(patient.ipp.authority), value: patient.ipp.value, type: 'PI' }]
        : [],
      traits: withoutUndefined(patient.traits),
      validated: patient.status === 'VALI',
      fictitious: patient.fictitious ?? false,
    },
    stay: stay ? { number: stay.number, authority: stay.authority ? authorityOf(stay.authority) : undefined } : null,
    unit: stay?.unit,
    admittedAt: stay?.admittedAt ? new Date(stay.admittedAt) : undefined,
    patientClass: stay?.patientClass,
    flags: withoutUndefined(flags),
    recipients: (metadata.recipients ?? []).map(({ kind, id, name, address }) => ({
      kind,
      id: id ?? null,
      name: name ?? null,
      address: address ?? null,
    })),
    mail: {
      bodies: { professional: mail?.bodyProfessional ?? null, patient: mail?.bodyPatient ?? null },
      replyTo: mail?.replyTo ?? null,
      replyAllowed: mail?.replyAllowed ?? true,
    },
    sender: undefined,
    warnings: [],
    places: PLACES,
  };
}

const authorityOf = (text: string): { name: string; oid: string } =>
  /^[\d.]+\.[\d.]+$/.test(text) ? { name: '', oid: text } : { name: text, oid: '' };

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

const withoutUndefined = <T extends object>(value: T): Present<T> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bodyInvalid('Les métadonnées ne sont pas de l’UTF-8.', '');
  }
}
