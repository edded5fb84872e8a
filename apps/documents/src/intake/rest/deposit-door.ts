import { CdaFault } from '@pfi/cda';
import { HttpProblem, type Principal } from '@pfi/platform-http';
import { GROUP_OWNER, recogniseRequest, sha256Of, type JournalEntry, type MessageJournal } from '@pfi/platform-intake';
import type { Database, Tx } from '@pfi/platform-postgres';
import { ownerOfLegalEntity, type Ght, type Source } from '@pfi/platform-settings';
import { v7 as uuidV7 } from 'uuid';
import type { DocumentRecorder } from '../document-recorder.js';
import type { IncomingDocument } from '../incoming-document.js';
import { findReplaced, type ReplacedVersion } from '../../persistence/document-search.js';
import { refusalOfDocument } from '../refusal.js';
import { refused, type DepositReader } from './deposit-reader.js';
import type { DepositParts } from './multipart.js';

/** One call of `POST /documents`. */
export interface DepositRequest {
  readonly principal: Principal;
  readonly idempotencyKey: string | undefined;
  readonly receivedAt: Date;
  readonly traceparent: string | null;
  /** Rejects with HttpProblem when the body cannot be read. */
  readonly parts: () => Promise<DepositParts>;
}

/** What the journal keeps of a deposit, growing as it is understood. */
interface Known {
  readonly id: string;
  source?: Source;
  owner?: string;
  raw?: Buffer;
}

/**
 * The REST door of documents, with the promises of the MLLP one: the answer leaves after bytes, key and effects are committed
 * together (I1), the same request gets the same answer byte for byte (I2), what is refused is kept under "rejets".
 */
export class DepositDoor {
  constructor(
    private readonly ght: Ght,
    private readonly database: Database,
    private readonly journal: MessageJournal,
    private readonly reader: DepositReader,
    private readonly recorder: DocumentRecorder,
  ) {}

  /** The body of the answer 202. Raises HttpProblem, DATABASE_UNAVAILABLE. */
  async deposit(request: DepositRequest): Promise<Buffer> {
    const known: Known = { id: uuidV7() };
    try {
      const parts = await request.parts();
      known.raw = rawOf(parts);
      const incoming = await this.read(request, parts, known);
      return await this.take(request, known, incoming, known.raw);
    } catch (error) {
      const problem = problemOf(error);
      if (!problem) throw error;
      await this.keep(request, known, problem);
      throw problem;
    }
  }

  private async read(
    { principal, idempotencyKey, receivedAt, traceparent }: DepositRequest,
    parts: DepositParts,
    known: Known,
  ): Promise<IncomingDocument> {
    const metadata = this.reader.metadata(parts.metadata);
    const source = this.reader.source(metadata, principal);
    known.source = source;
    const context = { id: known.id, controlId: idempotencyKey ?? known.id, receivedAt, traceparent };
    const replaced = metadata.relatesTo ? await this.replaced(source.key, metadata.relatesTo.documentId) : null;
    const incoming = this.reader.document(metadata, source, parts, context, principal, replaced);
    known.owner = incoming.owner;
    return incoming;
  }

  /** Raises PREDECESSOR_UNKNOWN. */
  private async replaced(source: string, name: string): Promise<ReplacedVersion> {
    const found = await this.database.transaction(this.scopesOf(source), (tx) => findReplaced(tx, name));
    if (found) return found;
    throw refused(
      422,
      'PREDECESSOR_UNKNOWN',
      'Le document à remplacer n’est pas connu : vérifier « relatesTo », ou déposer un document initial.',
      '/relatesTo/documentId',
    );
  }

  private async take(request: DepositRequest, { id }: Known, incoming: IncomingDocument, raw: Buffer): Promise<Buffer> {
    const { source, owner, controlId, receivedAt } = incoming;
    const sha256 = sha256Of(raw);
    return this.database.transaction(this.scopesOf(source), async (tx) => {
      const recognised = await recogniseRequest(tx, { source, key: request.idempotencyKey, sha256, receivedAt });
      if (recognised.kind === 'repeated') return recognised.answer;
      if (recognised.kind === 'reused')
        throw refused(
          422,
          'IDEMPOTENCY_KEY_REUSED',
          'Cette clé d’idempotence a déjà servi pour un autre contenu : en donner une nouvelle à chaque dépôt.',
          'Idempotency-Key',
        );
      const messageId = recognised.rejected ?? id;
      const answer = await this.record(tx, messageId, incoming);
      const entry = { outcome: 'accepted', answer } as const;
      if (recognised.rejected) await this.journal.amend(tx, messageId, { ...entry, receivedAt });
      else
        await this.journal.record(tx, [
          {
            ...entry,
            id,
            owner,
            source,
            controlId,
            sha256,
            transport: 'rest',
            messageType: MESSAGE_TYPE,
            receivedAt,
            raw,
          },
        ]);
      return answer;
    });
  }

  private async record(tx: Tx, messageId: string, incoming: IncomingDocument): Promise<Buffer> {
    const [result] = await this.recorder.record(tx, incoming.owner, [{ messageId, incoming }]);
    if (!result) throw new Error('the recorder gave no result');
    if (result.kind === 'refused') throw refused(422, result.code, result.textFr, '/file');
    return Buffer.from(JSON.stringify({ id: result.documentId, documentId: incoming.claim.documentId }));
  }

  private async keep(request: DepositRequest, known: Known, problem: HttpProblem): Promise<void> {
    const { source, id } = known;
    const [first] = source?.legalEntities ?? [];
    const owner = known.owner ?? (first ? ownerOfLegalEntity(first) : GROUP_OWNER);
    const raw = known.raw ?? Buffer.alloc(0);
    const entry: JournalEntry = {
      id,
      owner,
      source: source?.key ?? `?${request.principal.subject}`,
      controlId: request.idempotencyKey ?? '',
      // A body that could not be read is like no other.
      sha256: sha256Of(known.raw ?? Buffer.from(id)),
      transport: 'rest',
      messageType: MESSAGE_TYPE,
      receivedAt: request.receivedAt,
      raw,
      outcome: 'rejected',
      answer: Buffer.alloc(0),
      code: problem.code,
      detail: problem.textFr,
      ...(problem.pointer ? { location: problem.pointer } : {}),
    };
    const scopes = source ? this.scopesOf(source.key) : [GROUP_OWNER];
    await this.database.transaction(scopes, (tx) => this.journal.record(tx, [entry]));
  }

  /** A key is the source's own, whichever of its legal entities the document belongs to. */
  private scopesOf(source: string): string[] {
    const entities = this.ght.sourceByKey(source)?.legalEntities ?? [];
    return [...new Set(entities.flatMap((finess) => this.ght.scopesOfOwner(ownerOfLegalEntity(finess))))];
  }
}

const MESSAGE_TYPE = 'POST /documents';
const SEPARATOR = Buffer.from('\r\n');

/** The two parts as received, without the form around them, whose separator changes at each try. */
const rawOf = ({ metadata, mediaType, file }: DepositParts): Buffer =>
  Buffer.concat([metadata, SEPARATOR, Buffer.from(mediaType), SEPARATOR, file]);

function problemOf(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblem) return error;
  const refusal = refusalOfDocument(error);
  if (!refusal) return undefined;
  const status = refusal.code === 'SOURCE_NOT_ALLOWED' ? 403 : 422;
  return refused(status, refusal.code, refusal.textFr, error instanceof CdaFault ? '/file' : (refusal.location ?? ''));
}
