import type { DeliveryOperation, DmpClaim } from '@pfi/contracts';
import {
  lostRequestsSql,
  type LostRequest,
  type RequestedDelivery,
  type RequestInFlight,
} from '@pfi/platform-go-ahead';
import type { Tx } from '@pfi/platform-postgres';

export type SubmissionState = 'ready' | 'sending' | 'unknown' | 'accepted' | 'refused' | 'cancelled' | 'parked';

/** What this gateway knows of one delivery to the DMP. */
export interface Submission {
  readonly deliveryId: string;
  readonly owner: string;
  readonly establishment: string;
  readonly documentId: string;
  readonly lineageId: string;
  readonly request: number;
  readonly operation: DeliveryOperation;
  /** entryUUID that is replaced or deleted; set before the first byte. */
  readonly targetUuid: string | null;
  readonly state: SubmissionState;
  /** The document may be in the DMP without our knowing: the registry is asked before anything is sent. */
  readonly inDoubt: boolean;
  /** Intents written: times that bytes may have left, refused connections included. */
  readonly attempts: number;
  /** Answers of the kind that may never pass, since the last request. */
  readonly errorAnswers: number;
  /** XDSSubmissionSet.uniqueId, and `urn:uuid:` ids of set and entry: fixed at the first request. */
  readonly submissionSetId: string;
  readonly submissionUuid: string;
  readonly entryUuid: string;
  /** What was, or is being, sent: set before the first byte. */
  readonly sent: SentDocument | null;
  readonly checks: number;
  readonly firstCheckAt: Date | null;
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
  readonly reconciled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SentDocument {
  readonly uniqueId: string;
  readonly matricule: string;
  readonly insOid: string;
  readonly author: DmpClaim['submission']['author'];
  /** Of the document; null when none is sent (withdrawal). */
  readonly sha1: string | null;
  /** bytes */
  readonly size: number | null;
}

/** What is about to leave. */
export interface Intent {
  readonly sent: SentDocument;
  readonly operation: DeliveryOperation;
  readonly targetUuid: string | null;
}

/** Where a submission goes next. */
export interface Move {
  readonly state: SubmissionState;
  readonly code: string | null;
  readonly text: string | null;
  readonly inDoubt: boolean;
  /** As the registry has it. */
  readonly entryUuid?: string;
  readonly reconciled?: boolean;
  /** One more look-up found nothing. */
  readonly looked?: boolean;
  /** One more answer that may never pass. */
  readonly errorAnswer?: boolean;
}

type Row = Record<string, unknown>;

const toSubmission = (row: Row): Submission =>
  ({
    deliveryId: row['delivery_id'],
    owner: row['owner'],
    establishment: row['establishment'],
    documentId: row['document_id'],
    lineageId: row['lineage_id'],
    request: row['request'],
    operation: row['operation'],
    targetUuid: row['target_uuid'],
    state: row['state'],
    inDoubt: row['in_doubt'],
    attempts: row['attempts'],
    errorAnswers: row['error_answers'],
    submissionSetId: row['submission_set_id'],
    submissionUuid: row['submission_uuid'],
    entryUuid: row['entry_uuid'],
    sent:
      row['unique_id'] === null
        ? null
        : {
            uniqueId: row['unique_id'],
            matricule: row['matricule'],
            insOid: row['ins_oid'],
            author: row['author'],
            sha1: row['sha1'],
            size: row['size'],
          },
    checks: row['checks'],
    firstCheckAt: row['first_check_at'],
    outcomeCode: row['outcome_code'],
    outcomeText: row['outcome_text'],
    reconciled: row['reconciled'],
    createdAt: row['created_at'],
    updatedAt: row['updated_at'],
  }) as Submission;

const LOST = lostRequestsSql('submission', ['ready', 'sending', 'unknown'], 'deposit');

/** Submissions, always inside the caller's transaction. */
export class SubmissionRepository {
  /**
   * Takes requests in. A delivery asked for again keeps its ids; one that was cancelled, refused or parked becomes ready, or unknown
   * when its document may be there; one whose outcome is not known yet keeps waiting for it.
   */
  async request(tx: Tx, submissions: readonly RequestedDelivery<'dmp'>[]): Promise<void> {
    await tx.query(
      `INSERT INTO submission AS known (delivery_id, owner, establishment, document_id, lineage_id, request, operation, state, submission_set_id, submission_uuid, entry_uuid)
       SELECT n.delivery_id, n.owner, n.establishment, n.document_id, n.lineage_id, n.request, n.operation, 'ready', n.set_id, n.set_uuid, n.entry_uuid
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[])
         AS n (delivery_id, owner, establishment, document_id, lineage_id, request, set_id, set_uuid, entry_uuid, operation)
       ON CONFLICT (delivery_id) DO UPDATE SET request = excluded.request, error_answers = 0, updated_at = now(),
         checks = CASE WHEN known.state = 'parked' THEN 0 ELSE known.checks END,
         first_check_at = CASE WHEN known.state = 'parked' THEN NULL ELSE known.first_check_at END,
         state = CASE WHEN known.state NOT IN ('cancelled', 'refused', 'parked') THEN known.state
                      WHEN known.in_doubt THEN 'unknown' ELSE 'ready' END
       WHERE known.request < excluded.request`,
      [
        submissions.map((s) => s.deliveryId),
        submissions.map((s) => s.owner),
        submissions.map((s) => s.establishment),
        submissions.map((s) => s.documentId),
        submissions.map((s) => s.lineageId),
        submissions.map((s) => s.request),
        submissions.map((s) => s.submissionSetId),
        submissions.map((s) => s.submissionUuid),
        submissions.map((s) => s.entryUuid),
        submissions.map((s) => s.operation),
      ],
    );
  }

  /** Cancels what has not begun to leave. */
  async cancel(tx: Tx, deliveryIds: readonly string[]): Promise<void> {
    await tx.query(
      `UPDATE submission SET state = 'cancelled', updated_at = now() WHERE delivery_id = ANY($1::uuid[]) AND state = 'ready'`,
      [deliveryIds],
    );
  }

  /** The next submissions of a legal entity that came to an end, in id order, held still until the transaction ends. */
  async pageOfEnded(tx: Tx, owner: string, after: string | null, limit: number): Promise<Submission[]> {
    const rows = await tx.query<Row>(
      `SELECT * FROM submission WHERE owner = $1 AND state IN ('accepted', 'refused', 'parked')
         AND ($2::uuid IS NULL OR delivery_id > $2) ORDER BY delivery_id LIMIT $3 FOR SHARE`,
      [owner, after, limit],
    );
    return rows.map(toSubmission);
  }

  /** Of these requests, those that nobody works at. */
  async lost(tx: Tx, requests: readonly RequestInFlight[]): Promise<LostRequest[]> {
    return tx.query<LostRequest & Row>(LOST, [requests.map((r) => r.deliveryId), requests.map((r) => r.request)]);
  }

  async find(tx: Tx, deliveryId: string): Promise<Submission | undefined> {
    return (await this.findAll(tx, [deliveryId])).get(deliveryId);
  }

  /** By delivery. */
  async findAll(tx: Tx, deliveryIds: readonly string[]): Promise<Map<string, Submission>> {
    const rows = await tx.query<Row>(`SELECT * FROM submission WHERE delivery_id = ANY($1::uuid[])`, [deliveryIds]);
    return new Map(rows.map(toSubmission).map((submission) => [submission.deliveryId, submission]));
  }

  /** The durable intent: from here on bytes may leave. */
  async sending(tx: Tx, intents: readonly (Intent & { readonly deliveryId: string })[]): Promise<void> {
    if (intents.length === 0) return;
    await tx.query(
      `UPDATE submission SET state = 'sending', in_doubt = true, attempts = attempts + 1, unique_id = n.unique_id,
              matricule = n.matricule, ins_oid = n.ins_oid, author = n.author, sha1 = n.sha1, size = n.size,
              operation = n.operation, target_uuid = n.target_uuid, checks = 0, first_check_at = NULL, updated_at = now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::bigint[], $8::text[], $9::text[])
         AS n (delivery_id, unique_id, matricule, ins_oid, author, sha1, size, operation, target_uuid)
       WHERE submission.delivery_id = n.delivery_id`,
      [
        intents.map(({ deliveryId }) => deliveryId),
        intents.map(({ sent }) => sent.uniqueId),
        intents.map(({ sent }) => sent.matricule),
        intents.map(({ sent }) => sent.insOid),
        intents.map(({ sent }) => JSON.stringify(sent.author)),
        intents.map(({ sent }) => sent.sha1),
        intents.map(({ sent }) => sent.size),
        intents.map(({ operation }) => operation),
        intents.map(({ targetUuid }) => targetUuid),
      ],
    );
  }

  async moved(tx: Tx, moves: readonly (Move & { readonly deliveryId: string })[]): Promise<void> {
    if (moves.length === 0) return;
    await tx.query(
      `UPDATE submission SET state = n.state, outcome_code = n.code, outcome_text = n.text, in_doubt = n.in_doubt,
              entry_uuid = coalesce(n.entry_uuid, submission.entry_uuid), reconciled = submission.reconciled OR n.reconciled,
              checks = checks + CASE WHEN n.looked THEN 1 ELSE 0 END,
              first_check_at = CASE WHEN n.looked THEN coalesce(first_check_at, now()) ELSE first_check_at END,
              error_answers = error_answers + CASE WHEN n.error_answer THEN 1 ELSE 0 END, updated_at = now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::text[], $7::bool[], $8::bool[], $9::bool[])
         AS n (delivery_id, state, code, text, in_doubt, entry_uuid, reconciled, looked, error_answer)
       WHERE submission.delivery_id = n.delivery_id`,
      [
        moves.map(({ deliveryId }) => deliveryId),
        moves.map(({ state }) => state),
        moves.map(({ code }) => code),
        moves.map(({ text }) => text),
        moves.map(({ inDoubt }) => inDoubt),
        moves.map(({ entryUuid }) => entryUuid ?? null),
        moves.map(({ reconciled }) => reconciled ?? false),
        moves.map(({ looked }) => looked ?? false),
        moves.map(({ errorAnswer }) => errorAnswer ?? false),
      ],
    );
  }

  async list(
    tx: Tx,
    filter: {
      readonly state?: string | undefined;
      readonly documentId?: string | undefined;
      readonly limit: number;
      readonly after?: { at: string; id: string } | undefined;
    },
  ): Promise<Submission[]> {
    const rows = await tx.query<Row>(
      `SELECT * FROM submission WHERE ($1::text IS NULL OR state = $1) AND ($2::uuid IS NULL OR document_id = $2)
         AND ($3::timestamptz IS NULL OR (created_at, delivery_id) < ($3, $4::uuid))
       ORDER BY created_at DESC, delivery_id DESC LIMIT $5`,
      [
        filter.state ?? null,
        filter.documentId ?? null,
        filter.after?.at ?? null,
        filter.after?.id ?? null,
        filter.limit,
      ],
    );
    return rows.map(toSubmission);
  }
}
