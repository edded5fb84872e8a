import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { identityVouchedV1, type EventEnvelope, type PayloadOf } from '@pfi/contracts';
import { OnEvents, type EventContext } from '@pfi/platform-messaging';
import { VouchedIdentities } from '../registry/vouched-identities.js';

/** Qualified identities that documents of trusted sources carry (design D7). */
@Controller()
export class VouchedConsumer {
  constructor(@Inject(VouchedIdentities) private readonly vouched: VouchedIdentities) {}

  @OnEvents(identityVouchedV1)
  async identitiesVouched(
    @Payload() events: EventEnvelope<PayloadOf<typeof identityVouchedV1>>[],
    @Ctx() context: EventContext,
  ): Promise<void> {
    await this.vouched.apply(context.tx, events);
  }
}
