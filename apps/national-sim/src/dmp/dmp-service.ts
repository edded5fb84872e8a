import { randomUUID, type X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { InsEnvironment } from '@pfi/health';
import {
  parseProvideAndRegister,
  parseStatusUpdate,
  parseStoredQuery,
  patientIdCx,
  verifyVihf,
  XdsFault,
} from '@pfi/xds';
import type { ReceivedHeader, RegisteredEntry, StoredQuery, Submission, Vihf } from '@pfi/xds';
import type { Applied, FaultBoard, RequestFacts } from '../faults/fault-board.js';
import { refusal, refusals, sha1 } from './deposit-rules.js';
import type { DepositStore, EntryStatus, StoredEntry } from './deposit-store.js';
import { updateRefusals, type StatusUpdate } from './update-rules.js';
import {
  dropped,
  failure,
  httpError,
  soapFault,
  success,
  unreadable,
  type Answer,
  type Operation,
} from './dmp-answer.js';
import type { RequestLog } from './request-log.js';

const repositoryUniqueId = '1.2.250.1.213.4.1.1.1.2';

export interface ReceivedRequest {
  readonly operation: Operation;
  readonly contentType: string;
  readonly body: Buffer;
  readonly certificate: X509Certificate;
}

type Parsed = { readonly header: ReceivedHeader } & (
  | { readonly submission: Submission; readonly query?: undefined; readonly update?: undefined }
  | { readonly query: StoredQuery; readonly submission?: undefined; readonly update?: undefined }
  | { readonly update: StatusUpdate; readonly submission?: undefined; readonly query?: undefined }
);

interface Admitted {
  readonly parsed: Parsed;
  readonly vihf: Vihf;
  readonly refused?: undefined;
}

type Admission = Admitted | { readonly parsed?: Parsed; readonly vihf?: undefined; readonly refused: Answer };

/** The simulated DMP behind its HTTPS door: ITI-41 and ITI-18 with the checks that the real one makes. */
export class DmpService {
  constructor(
    private readonly parts: {
      readonly store: DepositStore;
      readonly faults: FaultBoard;
      readonly requests: RequestLog;
      readonly authorities: readonly X509Certificate[];
      readonly environment: InsEnvironment;
    },
  ) {}

  async handle(request: ReceivedRequest): Promise<Answer> {
    const admission = this.#admit(request);
    const facts = factsOf(request, admission, this.parts.store);
    const applied = this.parts.faults.take('dmp', facts);
    if (applied.delayMs > 0) await delay(applied.delayMs);
    const answer = admission.refused
      ? this.#early(applied, admission.refused)
      : await this.#answer(request, admission, applied);
    this.parts.requests.add({
      operation: request.operation,
      certificateSubject: facts.certificateSubject ?? '',
      structureId: facts.structureId ?? null,
      messageId: admission.parsed?.header.messageId ?? null,
      submissionSetId: (admission.parsed?.submission ?? admission.parsed?.update)?.submissionSet.uniqueId ?? null,
      uniqueIds: facts.uniqueIds ?? [],
      matricule: facts.matricule ?? null,
      faultIds: applied.faultIds,
      ...answer.log,
    });
    return answer;
  }

  #admit(request: ReceivedRequest): Admission {
    const parsed = parseRequest(request);
    if ('log' in parsed) return { refused: parsed };
    const vihf = this.#verify(parsed.header, request.certificate);
    return 'log' in vihf ? { parsed, refused: vihf } : { parsed, vihf };
  }

  /** Even a request that would be refused anyway can meet a door that is down. */
  #early({ effect }: Applied, refused: Answer): Answer {
    if (effect?.kind === 'down') return dropped();
    return effect?.kind === 'http-status' ? httpError(effect.code) : refused;
  }

  #verify(header: ReceivedHeader, certificate: X509Certificate): Vihf | Answer {
    if (header.assertion === null) return soapFault(header.messageId, 'InvalidSecurity', 'Le VIHF est absent.');
    try {
      const vihf = verifyVihf(header.assertion, { authorities: this.parts.authorities, now: new Date() });
      if (vihf.certificate.fingerprint256 !== certificate.fingerprint256) return vihf;
      return soapFault(
        header.messageId,
        'DMPInvalidCertificate',
        'Le certificat qui signe le VIHF doit être différent de celui de la connexion.',
      );
    } catch (error) {
      if (!(error instanceof XdsFault)) throw error;
      const certificateFault = error.code === 'CERTIFICATE_UNTRUSTED' || error.code === 'SIGNATURE_INVALID';
      const subcode = certificateFault ? 'DMPInvalidCertificate' : 'InvalidSecurityToken';
      return soapFault(header.messageId, subcode, `${error.code} : ${error.textFr}`);
    }
  }

  async #answer(request: ReceivedRequest, { parsed, vihf }: Admitted, { effect }: Applied): Promise<Answer> {
    const { operation } = request;
    const { messageId } = parsed.header;
    switch (effect?.kind) {
      case 'down':
        return dropped();
      case 'http-status':
        return httpError(effect.code);
      case 'busy':
        return failure(operation, messageId, [refusal('XDSRegistryBusy', 'Registre occupé (simulé)')]);
      case 'refuse':
        return failure(operation, messageId, [refusal(effect.code, effect.context)]);
      case 'unreadable':
        if (effect.done) await this.#carryOut(request, parsed, vihf);
        return unreadable(operation, messageId, effect.form);
      default: {
        const answer = await this.#carryOut(request, parsed, vihf);
        return effect?.kind === 'commit-then-drop' ? dropped() : answer;
      }
    }
  }

  async #carryOut({ certificate }: ReceivedRequest, parsed: Parsed, vihf: Vihf): Promise<Answer> {
    const { messageId } = parsed.header;
    if (parsed.submission) return this.#deposit(parsed.submission, vihf, certificate, messageId);
    return parsed.update ? this.#update(parsed.update, vihf, messageId) : this.#query(parsed.query, vihf, messageId);
  }

  async #deposit(
    submission: Submission,
    vihf: Vihf,
    certificate: X509Certificate,
    messageId: string | null,
  ): Promise<Answer> {
    const { store, environment } = this.parts;
    const errors = refusals(submission, vihf, store, environment);
    if (errors.length > 0) return failure('iti-41', messageId, errors);
    const documents = [...submission.documents, ...(submission.signature ? [submission.signature] : [])];
    await store.add({
      submissionSetId: submission.submissionSet.uniqueId,
      replaced: (submission.replacements ?? []).map((one) => one.oldEntryUuid),
      entries: documents.map(({ entry, content }) => ({
        content,
        entry: {
          // A second deposit of the same entry must be seen as a second entry, so it gets an id of its own.
          entryUuid: store.get(entry.entryUuid) ? `urn:uuid:${randomUUID()}` : entry.entryUuid,
          uniqueId: entry.uniqueId,
          submissionSetId: submission.submissionSet.uniqueId,
          hash: sha1(content),
          size: content.length,
          receivedAt: new Date().toISOString(),
          title: entry.title,
          typeCode: entry.typeCode.code,
          formatCode: entry.formatCode.code,
          creationTime: entry.creationTime,
          authors: entry.authors,
          confidentialityCodes: entry.confidentialityCodes.map((code) => code.code),
          patientId: patientIdCx(entry.patientId, 'NH'),
          structureId: vihf.structureId,
          certificateSubject: oneLine(certificate),
          signerSubject: oneLine(vihf.certificate),
        },
      })),
    });
    return success('iti-41', messageId, []);
  }

  async #update(update: StatusUpdate, vihf: Vihf, messageId: string | null): Promise<Answer> {
    const { store } = this.parts;
    const errors = updateRefusals(update, vihf, store);
    if (errors.length > 0) return failure('update', messageId, errors);
    const statuses = update.changes.map(({ entryUuid, to }) => [entryUuid, to as EntryStatus] as const);
    await store.update(update.submissionSet.uniqueId, Object.fromEntries(statuses));
    return success('update', messageId, []);
  }

  /** Only documents of the patient of the VIHF are shown. */
  #query(query: StoredQuery, vihf: Vihf, messageId: string | null): Answer {
    const { store } = this.parts;
    const patientId = patientIdCx(vihf.patientId, 'NH');
    const registered = (entry: StoredEntry): RegisteredEntry => ({
      ...entry,
      status: store.status(entry.entryUuid),
      repositoryUniqueId,
    });
    const found = (): StoredEntry[] => {
      switch (query.kind) {
        case 'get-documents-by-unique-id':
          return query.uniqueIds
            .flatMap((uniqueId) => store.find({ uniqueId, patientId }))
            .filter((entry) => store.status(entry.entryUuid) !== 'Deleted');
        case 'get-documents-by-entry-uuid':
          return query.entryUuids.flatMap((id) => store.get(id) ?? []).filter((entry) => entry.patientId === patientId);
        case 'find-documents':
          return store
            .find({ patientId })
            .filter((entry) => (query.statuses as readonly string[]).includes(store.status(entry.entryUuid)));
      }
    };
    if (query.kind === 'find-documents' && patientIdCx(query.patientId, 'NH') !== patientId) {
      return failure('iti-18', messageId, [
        refusal('XDSPatientIdDoesNotMatch', 'Le patient cherché n’est pas celui du VIHF'),
      ]);
    }
    return success('iti-18', messageId, found().map(registered));
  }
}

function parseRequest({ operation, contentType, body }: ReceivedRequest): Parsed | Answer {
  try {
    if (operation === 'iti-41') return parseProvideAndRegister(contentType, body);
    if (operation === 'iti-18') return parseStoredQuery(contentType, body);
    const { header, ...update } = parseStatusUpdate(contentType, body);
    return { header, update };
  } catch (error) {
    if (!(error instanceof XdsFault)) throw error;
    const context = `${error.location ?? ''} ${error.textFr}`.trim();
    switch (error.code) {
      case 'XDS_METADATA_INVALID':
        return failure(operation, null, [refusal('XDSRepositoryMetadataError', context)]);
      case 'XDS_DOCUMENT_MISSING':
        return failure(operation, null, [refusal('XDSMissingDocument', context)]);
      case 'XDS_DOCUMENT_METADATA_MISSING':
        return failure(operation, null, [refusal('XDSMissingDocumentMetadata', context)]);
      default:
        return soapFault(null, 'InvalidMessage', `${error.code} : ${context}`);
    }
  }
}

function factsOf(
  { operation, certificate }: ReceivedRequest,
  { parsed, vihf }: Admission,
  store: DepositStore,
): RequestFacts {
  const { submission, query, update } = parsed ?? {};
  const uniqueIds = submission
    ? submission.documents.map((document) => document.entry.uniqueId)
    : query?.kind === 'get-documents-by-unique-id'
      ? query.uniqueIds
      : (update?.changes ?? []).flatMap(({ entryUuid }) => store.get(entryUuid)?.uniqueId ?? []);
  return {
    operation,
    certificateSubject: oneLine(certificate),
    uniqueIds,
    ...(vihf ? { structureId: vihf.structureId, matricule: vihf.patientId.value } : {}),
  };
}

export function oneLine(certificate: X509Certificate): string {
  return certificate.subject.split('\n').reverse().join(',');
}
