import type { EventContract, PayloadOf } from '@pfi/contracts';

/** An event to publish. Its id, time and sequence are given when it enters the outbox. */
export interface NewEvent {
  readonly contract: EventContract;
  readonly payload: unknown;
  /** `ej:<FINESS>` or `dom:<domain>`. */
  readonly owner: string;
  /** W3C traceparent of the work that caused the event. */
  readonly traceparent?: string;
  /** True on a republication of current state (rebuild): consumers apply it whatever its sequence. */
  readonly replay?: boolean;
}

/** Builds a NewEvent whose payload is checked by the compiler. */
export function newEvent<Contract extends EventContract>(
  contract: Contract,
  payload: PayloadOf<Contract>,
  details: { readonly owner: string; readonly traceparent?: string | undefined; readonly replay?: boolean },
): NewEvent {
  return {
    contract,
    payload,
    owner: details.owner,
    ...(details.traceparent && { traceparent: details.traceparent }),
    ...(details.replay && { replay: true }),
  };
}
