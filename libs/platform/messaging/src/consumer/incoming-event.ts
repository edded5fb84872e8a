import type { EventContract } from '@pfi/contracts';
import { type EventHead, fromHeaders } from '../event-headers.js';

/** What was received, as it is kept when the event must wait or is parked. */
export interface RawEvent {
  readonly topic: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

export type EventContent =
  | { readonly kind: 'handled'; readonly payload: unknown }
  /** A type that this service has no handler for: it only counts in the sequence. */
  | { readonly kind: 'unhandled' }
  /** A handled type whose payload breaks its contract, or a version of it that is not known here; `problems` names fields, never values. */
  | { readonly kind: 'invalid'; readonly problems: string };

export interface IncomingEvent {
  readonly raw: RawEvent;
  /**
   * What its sequence counts: the aggregate, as one producer sees it. Two services publish about one lineage, each on its own
   * topic with a sequence of its own.
   */
  readonly lane: string;
  readonly head: EventHead;
  readonly content: EventContent;
}

/** The event, or the names of the headers without which nothing can be done. */
export function readEvent(
  raw: RawEvent,
  contractOf: (type: string) => EventContract | undefined,
  isOtherVersion: (type: string) => boolean,
): IncomingEvent | { readonly wrong: readonly string[] } {
  const head = fromHeaders(raw.headers);
  if ('wrong' in head) return head;
  const contract = contractOf(head.type);
  const content = contract || !isOtherVersion(head.type) ? readContent(raw.value, contract) : UNKNOWN_VERSION;
  return { raw, lane: `${raw.topic}/${head.aggregate}`, head, content };
}

const UNKNOWN_VERSION: EventContent = { kind: 'invalid', problems: 'version inconnue de ce service, à mettre à jour' };

function readContent(value: Buffer, contract: EventContract | undefined): EventContent {
  if (!contract) return { kind: 'unhandled' };
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    return { kind: 'invalid', problems: 'JSON illisible' };
  }
  const parsed = contract.schema.safeParse(json);
  if (parsed.success) return { kind: 'handled', payload: parsed.data };
  return {
    kind: 'invalid',
    problems: parsed.error.issues.map(({ path, code }) => `${path.join('.') || '(racine)'} (${code})`).join(', '),
  };
}
