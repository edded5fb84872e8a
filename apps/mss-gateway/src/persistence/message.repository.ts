import type { DeliveryOperation } from '@pfi/contracts';
import type { MessageState } from '@pfi/mss-core';
import {
  lostRequestsSql,
  type LostRequest,
  type RequestedDelivery,
  type RequestInFlight,
} from '@pfi/platform-go-ahead';
import type { Tx } from '@pfi/platform-postgres';
import { toMessage, type Row } from './message-row.js';

export type MailChannel = 'mss-pro' | 'mss-patient';

/** What this gateway knows of one delivery by mail. */
export interface Message {
  readonly deliveryId: string;
  readonly owner: string;
  readonly establishment: string;
  readonly documentId: string;
  readonly lineageId: string;
  readonly channel: MailChannel;
  readonly request: number;
  readonly operation: DeliveryOperation;
  readonly state: MessageState;
  /** The operator may have taken the mail without our knowing. */
  readonly inDoubt: boolean;
  /** Intents written: times that bytes may have left, refused connections included. */
  readonly attempts: number;
  /** Answers to a final dot that were lost, since the last request. */
  readonly lostAnswers: number;
  /** Ids of the archive: fixed at the first request. */
  readonly submissionSetId: string;
  readonly submissionUuid: string;
  readonly entryUuid: string;
  /** Set before the first byte. */
  readonly messageId: string | null;
  readonly address: string | null;
  /** bytes */
  readonly size: number | null;
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
  /** RFC 3463 */
  readonly status: string | null;
  readonly sentAt: Date | null;
  /** When a notice said what became of it. */
  readonly settledAt: Date | null;
  readonly readAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is about to leave. */
export interface Intent {
  readonly messageId: string;
  readonly address: string;
  readonly size: number;
  readonly operation: DeliveryOperation;
}

/** Where a message goes next. */
export interface Move {
  readonly state: MessageState;
  readonly code: string | null;
  readonly text: string | null;
  readonly status: string | null;
  readonly inDoubt: boolean;
  /** One more answer to a final dot was lost. */
  readonly lostAnswer?: boolean;
  readonly address?: string | null;
}

/** What notices say of one message. */
export interface Settlement {
  readonly deliveryId: string;
  readonly state?: 'delivered' | 'bounced' | undefined;
  readonly code: string | null;
  readonly text: string | null;
  readonly status: string | null;
  readonly readAt: Date | null;
}

export interface MessageFilter {
  readonly state?: string | undefined;
  readonly documentId?: string | undefined;
  readonly deliveryId?: string | undefined;
  readonly limit: number;
  readonly after?: { at: string; id: string } | undefined;
}

const LOST = lostRequestsSql('message', ['ready', 'sending', 'unknown'], 'mail');

/** Messages, always inside the caller's transaction. */
export class MessageRepository {
  /** Takes requests in. A delivery asked for again keeps its ids; one that had come to a bad end is ready again. */
  async request(tx: Tx, messages: readonly RequestedDelivery<MailChannel>[]): Promise<void> {
    await tx.query(
      `INSERT INTO message AS known (delivery_id, owner, establishment, document_id, lineage_id, channel, request, operation, state, submission_set_id, submission_uuid, entry_uuid)
       SELECT n.delivery_id, n.owner, n.establishment, n.document_id, n.lineage_id, n.channel, n.request, n.operation, 'ready', n.set_id, n.set_uuid, n.entry_uuid
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::text[])
         AS n (delivery_id, owner, establishment, document_id, lineage_id, channel, request, operation, set_id, set_uuid, entry_uuid)
       ON CONFLICT (delivery_id) DO UPDATE SET request = excluded.request, lost_answers = 0, updated_at = now(),
         state = CASE WHEN known.state IN ('cancelled', 'refused', 'bounced', 'parked') THEN 'ready' ELSE known.state END
       WHERE known.request < excluded.request`,
      [
        messages.map((m) => m.deliveryId),
        messages.map((m) => m.owner),
        messages.map((m) => m.establishment),
        messages.map((m) => m.documentId),
        messages.map((m) => m.lineageId),
        messages.map((m) => m.channel),
        messages.map((m) => m.request),
        messages.map((m) => m.operation),
        messages.map((m) => m.submissionSetId),
        messages.map((m) => m.submissionUuid),
        messages.map((m) => m.entryUuid),
      ],
    );
  }

  /** Cancels what has not begun to leave. */
  async cancel(tx: Tx, deliveryIds: readonly string[]): Promise<void> {
    await tx.query(
      `UPDATE message SET state = 'cancelled', updated_at = now() WHERE delivery_id = ANY($1::uuid[]) AND state = 'ready'`,
      [deliveryIds],
    );
  }

  /** Of these requests, those that nobody works at. */
  async lost(tx: Tx, requests: readonly RequestInFlight[]): Promise<LostRequest[]> {
    return tx.query<LostRequest & Row>(LOST, [requests.map((r) => r.deliveryId), requests.map((r) => r.request)]);
  }

  async find(tx: Tx, deliveryId: string): Promise<Message | undefined> {
    return (await this.findAll(tx, [deliveryId])).get(deliveryId);
  }

  /** By delivery. */
  async findAll(tx: Tx, deliveryIds: readonly string[]): Promise<Map<string, Message>> {
    const rows = await tx.query<Row>(`SELECT * FROM message WHERE delivery_id = ANY($1::uuid[])`, [deliveryIds]);
    return new Map(rows.map(toMessage).map((message) => [message.deliveryId, message]));
  }

  /** Those of these deliveries that are known, held until the transaction ends; always in the same order, so that nobody waits in a circle. */
  async lockAll(tx: Tx, deliveryIds: readonly string[]): Promise<Map<string, Message>> {
    if (deliveryIds.length === 0) return new Map();
    const rows = await tx.query<Row>(
      `SELECT * FROM message WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id FOR UPDATE`,
      [deliveryIds],
    );
    return new Map(rows.map(toMessage).map((message) => [message.deliveryId, message]));
  }

  /** The durable intent: from here on bytes may leave. */
  async sending(tx: Tx, intents: readonly (Intent & { readonly deliveryId: string })[]): Promise<void> {
    if (intents.length === 0) return;
    await tx.query(
      `WITH sending AS (
         UPDATE message SET state = 'sending', in_doubt = true, attempts = attempts + 1,
                message_id = coalesce(message.message_id, n.message_id), address = n.address, size = n.size,
                operation = n.operation, updated_at = now()
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[])
           AS n (delivery_id, message_id, address, size, operation)
         WHERE message.delivery_id = n.delivery_id
         RETURNING message.delivery_id, message.attempts, message.owner, message.establishment)
       INSERT INTO message_attempt (delivery_id, attempt, owner, establishment)
       SELECT delivery_id, attempts, owner, establishment FROM sending`,
      [
        intents.map(({ deliveryId }) => deliveryId),
        intents.map(({ messageId }) => messageId),
        intents.map(({ address }) => address),
        intents.map(({ size }) => size),
        intents.map(({ operation }) => operation),
      ],
    );
  }

  async moved(tx: Tx, moves: readonly (Move & { readonly deliveryId: string })[]): Promise<void> {
    if (moves.length === 0) return;
    await tx.query(
      `WITH moved AS (
         UPDATE message SET state = n.state, outcome_code = n.code, outcome_text = n.text, status = n.status,
                in_doubt = n.in_doubt, lost_answers = lost_answers + CASE WHEN n.lost_answer THEN 1 ELSE 0 END,
                address = coalesce(n.address, message.address),
                sent_at = CASE WHEN n.state = 'sent' THEN coalesce(sent_at, now()) ELSE sent_at END, updated_at = now()
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bool[], $8::text[])
           AS n (delivery_id, state, code, text, status, in_doubt, lost_answer, address)
         WHERE message.delivery_id = n.delivery_id
         RETURNING message.delivery_id, message.attempts, n.code, n.status, n.text)
       UPDATE message_attempt a SET ended_at = now(), code = coalesce(moved.code, 'ACCEPTED'), status = moved.status,
              text = moved.text
       FROM moved WHERE a.delivery_id = moved.delivery_id AND a.attempt = moved.attempts AND a.ended_at IS NULL`,
      [
        moves.map(({ deliveryId }) => deliveryId),
        moves.map(({ state }) => state),
        moves.map(({ code }) => code),
        moves.map(({ text }) => text),
        moves.map(({ status }) => status),
        moves.map(({ inDoubt }) => inDoubt),
        moves.map(({ lostAnswer }) => lostAnswer ?? false),
        moves.map(({ address }) => address ?? null),
      ],
    );
  }

  /** What notices change, one change a message. A mail that arrived is in doubt no more. */
  settled(tx: Tx, settlements: readonly Settlement[]): void {
    if (settlements.length === 0) return;
    tx.send(
      `UPDATE message SET state = coalesce(n.state, message.state), in_doubt = in_doubt AND n.state IS NULL,
              outcome_code = CASE WHEN n.state IS NULL THEN outcome_code ELSE n.code END,
              outcome_text = CASE WHEN n.state IS NULL THEN outcome_text ELSE n.text END,
              status = CASE WHEN n.state IS NULL THEN message.status ELSE coalesce(n.status, message.status) END,
              settled_at = CASE WHEN n.state IS NULL THEN settled_at ELSE now() END,
              read_at = coalesce(message.read_at, n.read_at), updated_at = now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         AS n (delivery_id, state, code, text, status, read_at)
       WHERE message.delivery_id = n.delivery_id`,
      [
        settlements.map(({ deliveryId }) => deliveryId),
        settlements.map(({ state }) => state ?? null),
        settlements.map(({ code }) => code),
        settlements.map(({ text }) => text),
        settlements.map(({ status }) => status),
        settlements.map(({ readAt }) => readAt),
      ],
    );
  }

  /** The next messages of a legal entity that came to an end, in id order, held still until the transaction ends. */
  async pageOfEnded(tx: Tx, owner: string, after: string | null, limit: number): Promise<Message[]> {
    const rows = await tx.query<Row>(
      `SELECT * FROM message WHERE owner = $1 AND state IN ('sent', 'delivered', 'refused', 'bounced', 'parked')
         AND ($2::uuid IS NULL OR delivery_id > $2) ORDER BY delivery_id LIMIT $3 FOR SHARE`,
      [owner, after, limit],
    );
    return rows.map(toMessage);
  }

  async list(tx: Tx, filter: MessageFilter): Promise<Message[]> {
    const rows = await tx.query<Row>(
      `SELECT * FROM message WHERE ($1::text IS NULL OR state = $1) AND ($2::uuid IS NULL OR document_id = $2)
         AND ($3::uuid IS NULL OR delivery_id = $3)
         AND ($4::timestamptz IS NULL OR (created_at, delivery_id) < ($4, $5::uuid))
       ORDER BY created_at DESC, delivery_id DESC LIMIT $6`,
      [
        filter.state ?? null,
        filter.documentId ?? null,
        filter.deliveryId ?? null,
        filter.after?.at ?? null,
        filter.after?.id ?? null,
        filter.limit,
      ],
    );
    return rows.map(toMessage);
  }

  async attempts(tx: Tx, deliveryId: string): Promise<Attempt[]> {
    return tx.query<Attempt>(
      `SELECT attempt, started_at AS "startedAt", ended_at AS "endedAt", code, status, text
       FROM message_attempt WHERE delivery_id = $1 ORDER BY attempt LIMIT 1000`,
      [deliveryId],
    );
  }
}

export interface Attempt {
  readonly attempt: number;
  readonly startedAt: Date;
  /** Null while it is under way, or when its process died. */
  readonly endedAt: Date | null;
  /** `ACCEPTED`, the answer of the operator, or a code of ours. */
  readonly code: string | null;
  readonly status: string | null;
  readonly text: string | null;
}
