import type { IncomingEvent } from './incoming-event.js';

export type ParkCode = 'SCHEMA_INVALID' | 'BLOCKED_BY_PARKED';

/** What the database knows of one lane, read under its lock. */
export interface AggregateState {
  /** Last sequence applied. */
  readonly position: number;
  /** Lowest sequence parked beyond the position. */
  readonly blockedFrom: number | null;
  /** Events that came before their predecessor. */
  readonly waiting: readonly IncomingEvent[];
}

export interface Plan {
  /** In order; those without a handler, too. */
  readonly apply: readonly IncomingEvent[];
  readonly wait: readonly IncomingEvent[];
  readonly park: readonly { readonly event: IncomingEvent; readonly code: ParkCode }[];
  readonly skipped: number;
  /** New last sequence of each lane that moved. */
  readonly positions: ReadonlyMap<string, number>;
}

export interface PlanInput {
  readonly events: readonly IncomingEvent[];
  readonly states: ReadonlyMap<string, AggregateState>;
  /** Ids of events that are parked already: a repeat of them changes nothing. */
  readonly parkedIds: ReadonlySet<string>;
  /** Waiting successors of an applied event are applied with it. */
  readonly releaseWaiting: boolean;
}

interface Cursor {
  position: number;
  blockedFrom: number | null;
  readonly waiting: Map<number, IncomingEvent>;
}

/**
 * Order of lineage events (design §4): the next is applied, the known skipped, one that comes too early waits, those behind
 * a parked one are parked too. A replay holds the current state: it is applied whatever the position, and moves it forward.
 */
export function planSequence({ events, states, parkedIds, releaseWaiting }: PlanInput): Plan {
  const apply: IncomingEvent[] = [];
  const wait: IncomingEvent[] = [];
  const park: { event: IncomingEvent; code: ParkCode }[] = [];
  const cursors = new Map<string, Cursor>();
  let skipped = 0;

  /** True when the event was applied; false when it was parked. */
  const take = (event: IncomingEvent, cursor: Cursor): boolean => {
    if (event.content.kind === 'invalid') {
      park.push({ event, code: 'SCHEMA_INVALID' });
      if (!event.head.replay) cursor.blockedFrom = Math.min(cursor.blockedFrom ?? Infinity, event.head.sequence);
      return false;
    }
    apply.push(event);
    cursor.position = Math.max(cursor.position, event.head.sequence);
    return true;
  };
  const release = (cursor: Cursor): void => {
    if (!releaseWaiting) return;
    let next: IncomingEvent | undefined;
    do next = cursor.waiting.get(cursor.position + 1);
    while (next && take(next, cursor));
  };
  const cursorOf = (lane: string): Cursor => {
    const known = cursors.get(lane);
    if (known) return known;
    const state = states.get(lane);
    if (!state) throw new Error('a lane was planned without its state');
    const cursor = {
      position: state.position,
      blockedFrom: state.blockedFrom,
      waiting: new Map(state.waiting.map((event) => [event.head.sequence, event])),
    };
    cursors.set(lane, cursor);
    // A crash may have left one whose turn has come.
    release(cursor);
    return cursor;
  };

  for (const event of events) {
    const { sequence, replay, id } = event.head;
    const cursor = cursorOf(event.lane);
    if (parkedIds.has(id)) skipped += 1;
    else if (!replay && sequence <= cursor.position) skipped += 1;
    else if (!replay && isBlocked(cursor, sequence)) park.push({ event, code: 'BLOCKED_BY_PARKED' });
    else if (replay || sequence === cursor.position + 1) {
      if (take(event, cursor)) release(cursor);
    } else if (cursor.waiting.has(sequence)) skipped += 1;
    else {
      cursor.waiting.set(sequence, event);
      wait.push(event);
    }
  }
  const decided = new Set([...apply, ...park.map(({ event }) => event)]);
  const positions = new Map(
    [...cursors]
      .filter(([lane, { position }]) => position !== states.get(lane)?.position)
      .map(([lane, { position }]) => [lane, position]),
  );
  return { apply, wait: wait.filter((event) => !decided.has(event)), park, skipped, positions };
}

const isBlocked = ({ blockedFrom, position }: Cursor, sequence: number): boolean =>
  blockedFrom !== null && blockedFrom > position && sequence > blockedFrom;
