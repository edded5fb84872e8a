import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  messageBouncedV1,
  messageDeliveredV1,
  messageParkedV1,
  messageReadV1,
  messageRefusedV1,
  messageSentV1,
  type EventEnvelope,
  type PayloadOf,
} from '@pfi/contracts';
import type { MailOutcome } from '@pfi/documents-core';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { DeliveryOutcomes } from '../deliveries/delivery-outcomes.js';

type Events = EventEnvelope<PayloadOf<typeof messageSentV1>>[];

/** What the mail gateway says became of its mails. */
@Controller()
export class MailOutcomesConsumer {
  constructor(@Inject(DeliveryOutcomes) private readonly outcomes: DeliveryOutcomes) {}

  @OnEvents(messageSentV1)
  sent(@Payload() events: Events, @Ctx() context: EventContext): Promise<void> {
    return this.apply('sent', events, context);
  }

  @OnEvents(messageDeliveredV1)
  delivered(@Payload() events: Events, @Ctx() context: EventContext): Promise<void> {
    return this.apply('delivered', events, context);
  }

  @OnEvents(messageRefusedV1)
  refused(@Payload() events: Events, @Ctx() context: EventContext): Promise<void> {
    return this.apply('refused', events, context);
  }

  @OnEvents(messageBouncedV1)
  bounced(@Payload() events: Events, @Ctx() context: EventContext): Promise<void> {
    return this.apply('bounced', events, context);
  }

  @OnEvents(messageReadV1)
  read(@Payload() events: Events, @Ctx() context: EventContext): Promise<void> {
    return this.apply('read', events, context);
  }

  @OnEvents(messageParkedV1)
  parked(@Payload() events: Events, @Ctx() context: EventContext): Promise<void> {
    return this.apply('parked', events, context);
  }

  private apply(kind: MailOutcome, events: Events, { tx }: EventContext): Promise<void> {
    return this.outcomes.apply(
      tx,
      events.map(({ payload, replay }) => {
        const { messageId, address } = payload;
        return {
          ...payload,
          kind,
          replay,
          receipt: { ...(messageId ? { messageId } : {}), ...(address ? { address } : {}) },
        };
      }),
    );
  }
}
