import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { patientChangedV1, stayChangedV1, type EventEnvelope, type PayloadOf } from '@pfi/contracts';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { IdentityFollowing } from '../deliveries/identity-following.js';

/** What the identity context says: held deliveries are judged again in the same transaction. */
@Controller()
export class IdentityConsumer {
  constructor(@Inject(IdentityFollowing) private readonly following: IdentityFollowing) {}

  @OnEvents(patientChangedV1)
  async patientsChanged(
    @Payload() events: EventEnvelope<PayloadOf<typeof patientChangedV1>>[],
    @Ctx() context: EventContext,
  ): Promise<void> {
    await this.following.patientsChanged(
      context.tx,
      events.map((event) => event.payload),
    );
  }

  @OnEvents(stayChangedV1)
  async staysChanged(
    @Payload() events: EventEnvelope<PayloadOf<typeof stayChangedV1>>[],
    @Ctx() context: EventContext,
  ): Promise<void> {
    await this.following.staysChanged(
      context.tx,
      events.map((event) => event.payload),
    );
  }
}
