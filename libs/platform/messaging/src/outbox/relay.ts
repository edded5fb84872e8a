import type { EventBus } from '../bus/event-bus.js';
import type { MessagingLogger } from '../bus/kafka-event-bus.js';

export interface RelayOptions {
  readonly bus: EventBus;
  /** Connection URL of the system role (PFI_DATABASE_SYSTEM_URL). */
  readonly url: string;
  readonly schema: string;
  /** Default 200. */
  readonly pollMs?: number;
  /** Rows sent at once. Default 500. */
  readonly batchSize?: number;
  /** Published rows older than this are removed. Default 14. */
  readonly retentionDays?: number;
  readonly logger?: MessagingLogger;
}

export interface RelayState {
  readonly active: boolean;
}

export declare class Relay {
  constructor(options: RelayOptions);
  readonly state: RelayState;
  start(): void;
  wake(): void;
  /** Unpublished rows and age of the oldest, in ms (0 when none). */
  lag(): Promise<{ readonly count: number; readonly oldestMs: number }>;
  /** Ends the batch in hand and lets another instance take over. */
  close(): Promise<void>;
}
