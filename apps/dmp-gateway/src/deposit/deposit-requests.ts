import { randomUUID } from 'node:crypto';
import type { deliveryCancelledV1, deliveryRequestedV1, EventEnvelope, PayloadOf } from '@pfi/contracts';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import { newOid, ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { SubmissionRepository } from '../persistence/submission.repository.js';

export const DEPOSIT_QUEUE = 'deposit';

/** What a deposit job holds; everything else is read when it runs. */
export interface DepositJob {
  readonly deliveryId: string;
  readonly request: number;
}

type Requested = EventEnvelope<PayloadOf<typeof deliveryRequestedV1>>;
type Cancelled = EventEnvelope<PayloadOf<typeof deliveryCancelledV1>>;

/** Requests of the documents context become submissions with fixed ids and jobs, in the event's own transaction. */
export class DepositRequests {
  constructor(
    private readonly ght: Ght,
    private readonly repository: SubmissionRepository,
    private readonly jobs: JobQueue,
  ) {}

  async requested(tx: Tx, events: readonly Requested[]): Promise<void> {
    const newest = new Map<string, Requested>();
    for (const event of events) if (event.payload.channel === 'dmp') newest.set(event.payload.deliveryId, event);
    const ours = [...newest.values()];
    if (ours.length === 0) return;
    await this.repository.request(
      tx,
      ours.map(({ payload }) => ({
        deliveryId: payload.deliveryId,
        owner: ownerOfLegalEntity(payload.legalEntity),
        establishment: payload.establishment,
        documentId: payload.documentId,
        lineageId: payload.lineageId,
        request: payload.request,
        operation: payload.operation ?? 'send',
        submissionSetId: newOid(this.ght, payload.legalEntity),
        submissionUuid: `urn:uuid:${randomUUID()}`,
        entryUuid: `urn:uuid:${randomUUID()}`,
      })),
    );
    await this.jobs.enqueue(
      tx,
      ours.map(({ payload, traceparent }) => ({
        owner: ownerOfLegalEntity(payload.legalEntity),
        queue: DEPOSIT_QUEUE,
        key: `${payload.deliveryId}:${payload.request}`,
        orderingKey: payload.lineageId,
        payload: { deliveryId: payload.deliveryId, request: payload.request } satisfies DepositJob,
        ...(traceparent ? { traceparent } : {}),
      })),
    );
  }

  /** The job itself finds out: nothing is sent without a go-ahead. This only spares the attempt. */
  async cancelled(tx: Tx, events: readonly Cancelled[]): Promise<void> {
    const ours = events.filter((event) => event.payload.channel === 'dmp').map((event) => event.payload.deliveryId);
    if (ours.length > 0) await this.repository.cancel(tx, ours);
  }
}
