import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  depositAcceptedV1,
  depositParkedV1,
  depositRefusedV1,
  messageBouncedV1,
  messageDeliveredV1,
  messageParkedV1,
  messageReadV1,
  messageRefusedV1,
  messageSentV1,
  withdrawalAcceptedV1,
  type EventContract,
  type EventEnvelope,
  type PayloadOf,
} from '@pfi/contracts';
import type { Outcome } from '@pfi/indicators-core';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { Projection } from '../persistence/projection.js';
import { Reception } from './reception.js';

type Events<Contract extends EventContract> = EventEnvelope<PayloadOf<Contract>>[];
type Told = EventEnvelope<PayloadOf<typeof depositRefusedV1> & { readonly status?: string | null }>;

/** What gateways say became of deliveries. */
@Controller()
export class OutcomesConsumer {
  constructor(
    @Inject(Reception) private readonly reception: Reception,
    @Inject(Projection) private readonly projection: Projection,
  ) {}

  @OnEvents(depositAcceptedV1)
  accepted(@Payload() events: Events<typeof depositAcceptedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'dmp', 'accepted');
  }

  @OnEvents(withdrawalAcceptedV1)
  withdrawn(@Payload() events: Events<typeof withdrawalAcceptedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'dmp', 'withdrawn');
  }

  @OnEvents(depositRefusedV1)
  depositRefused(@Payload() events: Events<typeof depositRefusedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'dmp', 'refused');
  }

  @OnEvents(depositParkedV1)
  depositParked(@Payload() events: Events<typeof depositParkedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'dmp', 'parked');
  }

  @OnEvents(messageSentV1)
  sent(@Payload() events: Events<typeof messageSentV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'mail', 'sent');
  }

  @OnEvents(messageDeliveredV1)
  delivered(@Payload() events: Events<typeof messageDeliveredV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'mail', 'delivered');
  }

  @OnEvents(messageReadV1)
  read(@Payload() events: Events<typeof messageReadV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'mail', 'read');
  }

  @OnEvents(messageRefusedV1)
  messageRefused(@Payload() events: Events<typeof messageRefusedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'mail', 'refused');
  }

  @OnEvents(messageBouncedV1)
  bounced(@Payload() events: Events<typeof messageBouncedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'mail', 'bounced');
  }

  @OnEvents(messageParkedV1)
  messageParked(@Payload() events: Events<typeof messageParkedV1>, @Ctx() context: EventContext): Promise<void> {
    return this.keep(context, events, 'mail', 'parked');
  }

  private keep(
    context: EventContext,
    events: readonly Told[],
    channel: 'dmp' | 'mail',
    kind: Outcome['kind'],
  ): Promise<void> {
    const lineage = { kind: 'lineage' as const, id: ({ payload }: Told) => payload.lineageId };
    return this.reception.take(context, events, lineage, (tx, all) =>
      this.projection.outcomes(
        tx,
        all.map(({ owner, sequence, payload }) => ({
          owner,
          sequence,
          deliveryId: payload.deliveryId,
          documentId: payload.documentId,
          lineageId: payload.lineageId,
          channel,
          kind,
          at: payload.at,
          code: payload.outcomeCode,
          status: payload.status ?? null,
        })),
      ),
    );
  }
}
