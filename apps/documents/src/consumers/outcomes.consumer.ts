import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  depositAcceptedV1,
  depositParkedV1,
  depositRefusedV1,
  withdrawalAcceptedV1,
  type EventContract,
  type EventEnvelope,
  type PayloadOf,
} from '@pfi/contracts';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { DeliveryOutcomes } from '../deliveries/delivery-outcomes.js';

type Events<Contract extends EventContract> = EventEnvelope<PayloadOf<Contract>>[];

/** What the DMP gateway says became of its deliveries. */
@Controller()
export class OutcomesConsumer {
  constructor(@Inject(DeliveryOutcomes) private readonly outcomes: DeliveryOutcomes) {}

  @OnEvents(depositAcceptedV1)
  async accepted(@Payload() events: Events<typeof depositAcceptedV1>, @Ctx() { tx }: EventContext): Promise<void> {
    await this.outcomes.apply(
      tx,
      events.map(({ payload, replay }) => ({
        ...payload,
        replay,
        kind: 'delivered' as const,
        receipt: { entryUuid: payload.entryUuid },
      })),
    );
  }

  @OnEvents(withdrawalAcceptedV1)
  async withdrawn(@Payload() events: Events<typeof withdrawalAcceptedV1>, @Ctx() { tx }: EventContext): Promise<void> {
    await this.outcomes.apply(
      tx,
      events.map(({ payload, replay }) => ({ ...payload, replay, kind: 'delivered' as const })),
    );
  }

  @OnEvents(depositRefusedV1)
  async refused(@Payload() events: Events<typeof depositRefusedV1>, @Ctx() { tx }: EventContext): Promise<void> {
    await this.outcomes.apply(
      tx,
      events.map(({ payload, replay }) => ({ ...payload, replay, kind: 'refused' as const })),
    );
  }

  @OnEvents(depositParkedV1)
  async parked(@Payload() events: Events<typeof depositParkedV1>, @Ctx() { tx }: EventContext): Promise<void> {
    await this.outcomes.apply(
      tx,
      events.map(({ payload, replay }) => ({ ...payload, replay, kind: 'parked' as const })),
    );
  }
}
