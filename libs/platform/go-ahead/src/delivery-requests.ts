import { randomUUID } from 'node:crypto';
import type {
  deliveryCancelledV1,
  DeliveryOperation,
  deliveryRequestedV1,
  EventEnvelope,
  PayloadOf,
} from '@pfi/contracts';
import type { JobQueue, Tx } from '@pfi/platform-postgres';
import { newOid, ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { FixedIds } from './xds-metadata.js';

type Request = PayloadOf<typeof deliveryRequestedV1>;
export type RequestedEvent = EventEnvelope<Request>;
export type CancelledEvent = EventEnvelope<PayloadOf<typeof deliveryCancelledV1>>;

/** What a delivery's job holds; everything else is read when it runs. */
export interface DeliveryJob {
  readonly deliveryId: string;
  readonly request: number;
}

/** A delivery as a gateway writes it down when it is asked for. */
export interface RequestedDelivery<Channel extends Request['channel']> extends FixedIds {
  readonly deliveryId: string;
  readonly owner: string;
  readonly establishment: string;
  readonly documentId: string;
  readonly lineageId: string;
  readonly channel: Channel;
  readonly request: number;
  readonly operation: DeliveryOperation;
}

export interface DeliveryRequestsOptions<Channel extends Request['channel']> {
  readonly ght: Ght;
  readonly jobs: JobQueue;
  readonly queue: string;
  readonly channels: readonly Channel[];
  /** Deliveries of one key run one after the other. */
  readonly orderingKey: (request: Request) => string;
  readonly repository: {
    request(tx: Tx, deliveries: readonly RequestedDelivery<Channel>[]): Promise<void>;
    cancel(tx: Tx, deliveryIds: readonly string[]): Promise<void>;
  };
}

/** What the documents context asks of one gateway becomes rows with fixed ids and jobs, in the event's own transaction. */
export class DeliveryRequests<Channel extends Request['channel'] = Request['channel']> {
  constructor(private readonly options: DeliveryRequestsOptions<Channel>) {}

  async requested(tx: Tx, events: readonly RequestedEvent[]): Promise<void> {
    const { ght, jobs, queue, orderingKey, repository } = this.options;
    const newest = new Map<string, { readonly event: RequestedEvent; readonly channel: Channel }>();
    for (const event of events) {
      const channel = this.#ours(event);
      if (channel !== undefined) newest.set(event.payload.deliveryId, { event, channel });
    }
    if (newest.size === 0) return;
    const ours = [...newest.values()];
    await repository.request(
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
        submissionSetId: newOid(ght, payload.legalEntity),
        submissionUuid: `urn:uuid:${randomUUID()}`,
        entryUuid: `urn:uuid:${randomUUID()}`,
      })),
    );
    await jobs.enqueue(
      tx,
      ours.map(({ event: { payload, traceparent } }) => ({
        owner: ownerOfLegalEntity(payload.legalEntity),
        queue,
        key: `${payload.deliveryId}:${payload.request}`,
        orderingKey: orderingKey(payload),
        payload: { deliveryId: payload.deliveryId, request: payload.request } satisfies DeliveryJob,
        ...(traceparent ? { traceparent } : {}),
      })),
    );
  }

  /** The job itself finds out: nothing is sent without a go-ahead. This only spares the attempt. */
  async cancelled(tx: Tx, events: readonly CancelledEvent[]): Promise<void> {
    const ours = events.filter((event) => this.#ours(event) !== undefined).map(({ payload }) => payload.deliveryId);
    if (ours.length > 0) await this.options.repository.cancel(tx, ours);
  }

  #ours({ payload }: RequestedEvent | CancelledEvent): Channel | undefined {
    return this.options.channels.find((channel) => channel === payload.channel);
  }
}
