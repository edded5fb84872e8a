import type { z } from 'zod';
import type { Topic } from './topics.js';

/**
 * One version of one event: its type (past tense, `context.name.vN`), its topic, its JSON payload.
 * A published version grows by optional fields only; anything else is a new type.
 */
export interface EventContract<Schema extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly topic: Topic;
  readonly schema: Schema;
  /** The aggregate that stays in order; becomes the Kafka key. */
  readonly aggregate: (payload: z.infer<Schema>) => string;
}

export type PayloadOf<Contract extends EventContract> = z.infer<Contract['schema']>;

export function defineEvent<Schema extends z.ZodType>(contract: EventContract<Schema>): EventContract<Schema> {
  return contract;
}

/**
 * What travels beside a payload. On Kafka these are headers: `ce_id ce_type ce_source ce_time ce_subject ce_specversion`,
 * `traceparent`, `pfi_owner`, `pfi_aggregate`, `pfi_sequence`, and `pfi_replay` = `true` on a republication.
 */
export interface EventEnvelope<Payload = unknown> {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** ISO 8601 instant. */
  readonly time: string;
  /** `ej:<FINESS>` or `dom:<identity domain>`: whose data this is. */
  readonly owner: string;
  readonly aggregate: string;
  /** Position of the event in its aggregate, from 1, without gap. */
  readonly sequence: number;
  readonly traceparent?: string;
  readonly replay: boolean;
  readonly payload: Payload;
}
