import { randomUUID } from 'node:crypto';
import type { deliveryCancelledV1, deliveryRequestedV1, EventEnvelope, PayloadOf } from '@pfi/contracts';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import { newOid, ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { MailChannel, MessageRepository } from '../persistence/message.repository.js';

export const MAIL_QUEUE = 'mail';

/** What a mail job holds; everything else is read when it runs. */
export interface MailJob {
  readonly deliveryId: string;
  readonly request: number;
}

type Requested = EventEnvelope<PayloadOf<typeof deliveryRequestedV1>>;
type Cancelled = EventEnvelope<PayloadOf<typeof deliveryCancelledV1>>;

/** Requests of the documents context become messages with fixed ids and jobs, in the event's own transaction. */
export class MailRequests {
  constructor(
    private readonly ght: Ght,
    private readonly repository: MessageRepository,
    private readonly jobs: JobQueue,
  ) {}

  async requested(tx: Tx, events: readonly Requested[]): Promise<void> {
    const newest = new Map<string, { readonly event: Requested; readonly channel: MailChannel }>();
    for (const event of events) {
      const { channel, deliveryId } = event.payload;
      if (channel !== 'dmp') newest.set(deliveryId, { event, channel });
    }
    const ours = [...newest.values()];
    if (ours.length === 0) return;
    await this.repository.request(
      tx,
      ours.map(({ event: { payload }, channel }) => ({
        deliveryId: payload.deliveryId,
        owner: ownerOfLegalEntity(payload.legalEntity),
        establishment: payload.establishment,
        documentId: payload.documentId,
        lineageId: payload.lineageId,
        channel,
        request: payload.request,
        operation: payload.operation ?? 'send',
        submissionSetId: newOid(this.ght, payload.legalEntity),
        submissionUuid: `urn:uuid:${randomUUID()}`,
        entryUuid: `urn:uuid:${randomUUID()}`,
      })),
    );
    await this.jobs.enqueue(
      tx,
      ours.map(({ event: { payload, traceparent } }) => ({
        owner: ownerOfLegalEntity(payload.legalEntity),
        queue: MAIL_QUEUE,
        key: `${payload.deliveryId}:${payload.request}`,
        // Not by lineage: one recipient who is greylisted must not hold back the others.
        orderingKey: payload.deliveryId,
        payload: { deliveryId: payload.deliveryId, request: payload.request } satisfies MailJob,
        ...(traceparent ? { traceparent } : {}),
      })),
    );
  }

  /** The job itself finds out: nothing is sent without a go-ahead. This only spares the attempt. */
  async cancelled(tx: Tx, events: readonly Cancelled[]): Promise<void> {
    const ours = events.filter(({ payload }) => payload.channel !== 'dmp').map(({ payload }) => payload.deliveryId);
    if (ours.length > 0) await this.repository.cancel(tx, ours);
  }
}
