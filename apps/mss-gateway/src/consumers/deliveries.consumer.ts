import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { deliveryCancelledV1, deliveryRequestedV1, type EventEnvelope, type PayloadOf } from '@pfi/contracts';
import { type EventContext, OnEvents } from '@pfi/platform-messaging';
import { MailRequests } from '../sending/mail-requests.js';

/** What the documents context asks of this gateway. */
@Controller()
export class DeliveriesConsumer {
  constructor(@Inject(MailRequests) private readonly requests: MailRequests) {}

  @OnEvents(deliveryRequestedV1)
  async requested(
    @Payload() events: EventEnvelope<PayloadOf<typeof deliveryRequestedV1>>[],
    @Ctx() { tx }: EventContext,
  ): Promise<void> {
    await this.requests.requested(tx, events);
  }

  @OnEvents(deliveryCancelledV1)
  async cancelled(
    @Payload() events: EventEnvelope<PayloadOf<typeof deliveryCancelledV1>>[],
    @Ctx() { tx }: EventContext,
  ): Promise<void> {
    await this.requests.cancelled(tx, events);
  }
}
