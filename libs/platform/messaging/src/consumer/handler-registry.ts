import type { MessageHandler } from '@nestjs/microservices';
import type { EventContract, EventEnvelope } from '@pfi/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventContext } from './event-context.js';

export interface EventsHandler {
  readonly contract: EventContract;
  readonly handle: (events: readonly EventEnvelope[], context: EventContext) => Promise<void>;
}

/** The handlers that Nest found, by event type. A type may have one handler in a service: order and errors belong to it. */
export class HandlerRegistry {
  readonly #handlers = new Map<string, EventsHandler>();

  constructor(found: ReadonlyMap<string, MessageHandler>) {
    for (const [pattern, handler] of found) {
      const contract = (handler.extras as { contract?: EventContract } | undefined)?.contract;
      if (!contract) throw new Error(`the handler of ${pattern} is not declared with @OnEvents`);
      if (handler.next) throw new Error(`two handlers for ${contract.type} in one service`);
      this.#handlers.set(contract.type, { contract, handle: (events, context) => settled(handler(events, context)) });
    }
  }

  get topics(): readonly string[] {
    return [...new Set([...this.#handlers.values()].map(({ contract }) => contract.topic.name))].sort();
  }

  /** A handled event in a version that has no handler: a newer writer, whose words must not be passed over. */
  isOtherVersion(type: string): boolean {
    return !this.#handlers.has(type) && [...this.#handlers.keys()].some((known) => nameOf(known) === nameOf(type));
  }

  of(type: string): EventsHandler | undefined {
    return this.#handlers.get(type);
  }
}

/** `identity.patient-changed` of `identity.patient-changed.v1` */
const nameOf = (type: string): string => type.replace(/\.v\d+$/, '');

async function settled(returned: unknown): Promise<void> {
  const result: unknown = await returned;
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}
