import type { Tx } from '@pfi/platform-postgres';
import type { NewEvent } from './new-event.js';

export interface OutboxOptions {
  /** `ce_source`: name of the service. */
  readonly source: string;
  /** Woken after each commit that holds events; the relay of this process when it runs one. */
  readonly relay?: { wake(): void };
}

export declare class Outbox {
  constructor(options: OutboxOptions);
  append(tx: Tx, events: readonly NewEvent[]): Promise<void>;
}
