import { UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { EventContract, EventEnvelope, PayloadOf } from '@pfi/contracts';
import type { EventContext } from './event-context.js';
import { HandlerErrorFilter } from './handler-error.filter.js';
import { KAFKA_TRANSPORT } from './kafka-transport.js';

type EventsHandler<Payload> = (events: EventEnvelope<Payload>[], context: EventContext) => Promise<void>;

/**
 * Registers a controller method for one event version: `(@Payload() events: EventEnvelope<P>[], @Ctx() context: EventContext)`.
 * The events are of one owner, in order per aggregate, checked by the contract's schema. One method per contract and service.
 */
export function OnEvents<Contract extends EventContract>(contract: Contract) {
  return <Method extends EventsHandler<PayloadOf<Contract>>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    (EventPattern(contract.type, KAFKA_TRANSPORT, { contract }) as MethodDecorator)(target, key, descriptor);
    UseFilters(HandlerErrorFilter)(target, key, descriptor);
  };
}
