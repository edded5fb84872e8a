import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  deliveryCancelledV1,
  deliveryHeldV1,
  deliveryRequestedV1,
  documentRecordedV1,
  documentWithdrawnV1,
  type EventContract,
  type EventEnvelope,
  type PayloadOf,
} from '@pfi/contracts';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { Projection, type DeliveryRequest, type DocumentRecorded } from '../persistence/projection.js';
import { Reception } from './reception.js';

type Events<Contract extends EventContract> = EventEnvelope<PayloadOf<Contract>>[];
type Reference = EventEnvelope<
  Pick<DeliveryRequest, 'deliveryId' | 'documentId' | 'lineageId' | 'channel'> & { readonly lineageId: string }
>;
type Said = Pick<DeliveryRequest, 'operation' | 'state' | 'reasons'>;

const lineage = {
  kind: 'lineage' as const,
  id: ({ payload }: EventEnvelope<{ lineageId: string }>) => payload.lineageId,
};

/** What was handed over, and what was asked of the gateways. */
@Controller()
export class DocumentsConsumer {
  constructor(
    @Inject(Reception) private readonly reception: Reception,
    @Inject(Projection) private readonly projection: Projection,
  ) {}

  @OnEvents(documentRecordedV1)
  async recorded(@Payload() events: DocumentRecorded[], @Ctx() context: EventContext): Promise<void> {
    await this.reception.take(context, events, lineage, (tx, all) => this.projection.documents(tx, all));
  }

  /** The source's wish: what counts is that the DMP no longer shows the document, which its gateway says. */
  @OnEvents(documentWithdrawnV1)
  async withdrawn(@Payload() events: Events<typeof documentWithdrawnV1>, @Ctx() context: EventContext): Promise<void> {
    await this.reception.take(context, events, lineage);
  }

  @OnEvents(deliveryRequestedV1)
  async requested(@Payload() events: Events<typeof deliveryRequestedV1>, @Ctx() context: EventContext): Promise<void> {
    await this.keep(context, events, ({ payload }) => ({
      operation: payload.operation ?? 'send',
      state: 'requested',
      reasons: [],
    }));
  }

  @OnEvents(deliveryHeldV1)
  async held(@Payload() events: Events<typeof deliveryHeldV1>, @Ctx() context: EventContext): Promise<void> {
    await this.keep(context, events, ({ payload }) => ({ operation: null, state: 'held', reasons: payload.reasons }));
  }

  @OnEvents(deliveryCancelledV1)
  async cancelled(@Payload() events: Events<typeof deliveryCancelledV1>, @Ctx() context: EventContext): Promise<void> {
    await this.keep(context, events, ({ payload }) => ({
      operation: null,
      // Never asked: as if it had not been announced.
      state: payload.asked === false ? null : 'cancelled',
      reasons: [payload.reason],
    }));
  }

  private async keep<Event extends Reference>(
    context: EventContext,
    events: readonly Event[],
    said: (event: Event) => Said,
  ): Promise<void> {
    await this.reception.take(context, events, lineage, (tx, all) =>
      this.projection.requests(
        tx,
        all.map((event) => {
          const { owner, sequence, payload } = event;
          const { deliveryId, documentId, lineageId, channel } = payload;
          return { owner, sequence, deliveryId, documentId, lineageId, channel, ...said(event) };
        }),
      ),
    );
  }
}
