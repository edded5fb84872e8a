import type { EventContract, PayloadOf } from '@pfi/contracts';

/** An event to publish. Its id, time and sequence are given when it enters the outbox. */
export interface NewEvent {
  readonly contract: EventContract;
  readonly payload: unknown;
  /** `ej:<FINESS>` or `dom:<domain>`. */
  readonly owner: string;
  /** W3C traceparent of the work that caused the event. */
  readonly traceparent?: string | undefined;
  /**
   * True on a republication of current state (design D10): it carries the last sequence of its aggregate without taking
   * a new one, and consumers apply it whatever theirs is.
   */
  readonly replay?: boolean | undefined;
}

/** Builds a NewEvent whose payload is checked by the compiler. */
export function newEvent<Contract extends EventContract>(
  contract: Contract,
  payload: PayloadOf<Contract>,
  details: Pick<NewEvent, 'owner' | 'traceparent' | 'replay'>,
): NewEvent {
  return { contract, payload, ...details };
}
