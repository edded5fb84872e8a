import {
  messageBouncedV1,
  messageDeliveredV1,
  messageParkedV1,
  messageReadV1,
  messageRefusedV1,
  messageSentV1,
} from '@pfi/contracts';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { Message } from '../persistence/message.repository.js';

/** How the sending of a mail ended. `address`: where it would have gone, when no intent was written. */
export type SendingOutcome =
  | { readonly kind: 'sent'; readonly code: string | null; readonly status: string | null }
  | (Said & { readonly kind: 'refused' })
  | Parked;

export interface Said {
  readonly code: string;
  readonly text: string;
  readonly status?: string | null;
}

export interface Parked extends Said {
  readonly kind: 'parked';
  /** The operator may have it. */
  readonly inDoubt: boolean;
}

const contracts = {
  sent: messageSentV1,
  delivered: messageDeliveredV1,
  refused: messageRefusedV1,
  bounced: messageBouncedV1,
  parked: messageParkedV1,
  read: messageReadV1,
} as const;

export type Outcome = keyof typeof contracts;

/** What the other contexts learn of a mail: its present state, said as one event. */
export function outcomeEvent(
  outcome: Outcome,
  message: Message,
  details: { readonly traceparent?: string | undefined; readonly at?: Date; readonly replay?: boolean } = {},
): NewEvent {
  const { deliveryId, documentId, lineageId, attempts, messageId, address, status, owner } = message;
  const good = outcome === 'sent' || outcome === 'delivered' || outcome === 'read';
  return newEvent(
    contracts[outcome],
    {
      ...{ deliveryId, documentId, lineageId, attempts, messageId, address, status },
      outcomeCode: good ? null : message.outcomeCode,
      outcomeText: good ? null : message.outcomeText,
      at: (details.at ?? new Date()).toISOString(),
    },
    { owner, traceparent: details.traceparent, ...(details.replay ? { replay: true } : {}) },
  );
}
