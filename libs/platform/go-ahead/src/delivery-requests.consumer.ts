import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { deliveryCancelledV1, deliveryRequestedV1 } from '@pfi/contracts';
import { type EventContext, OnEvents } from '@pfi/platform-messaging';
import { DeliveryRequests, type CancelledEvent, type RequestedEvent } from './delivery-requests.js';

/** Hands a gateway what the documents context asks of it; its module provides `DeliveryRequests`. */
@Controller()
export class DeliveryRequestsConsumer {
  constructor(@Inject(DeliveryRequests) private readonly requests: DeliveryRequests) {}

  @OnEvents(deliveryRequestedV1)
  async requested(@Payload() events: RequestedEvent[], @Ctx() { tx }: EventContext): Promise<void> {
    await this.requests.requested(tx, events);
  }

  @OnEvents(deliveryCancelledV1)
  async cancelled(@Payload() events: CancelledEvent[], @Ctx() { tx }: EventContext): Promise<void> {
    await this.requests.cancelled(tx, events);
  }
}
