import type { IncomingEvent } from './incoming-event.js';

interface Ordered {
  readonly head: Pick<IncomingEvent['head'], 'type' | 'aggregate'>;
}

/**
 * Events put together by type, so that a handler is called a few times for a batch and not once for each event. An event moves
 * before others of other aggregates only: in its own, the order stays.
 */
export function runsOfOneType<Event extends Ordered>(events: readonly Event[]): Event[][] {
  const runs: Event[][] = [];
  /** The earliest run that an aggregate's next event may join. */
  const place = new Map<string, number>();
  for (const event of events) {
    const { aggregate, type } = event.head;
    let at = place.get(aggregate) ?? 0;
    while (at < runs.length && runs[at]?.[0]?.head.type !== type) at += 1;
    place.set(aggregate, at);
    (runs[at] ??= []).push(event);
  }
  return runs;
}
