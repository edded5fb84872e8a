import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { IncomingEvent } from './incoming-event.js';
import { type AggregateState, planSequence } from './sequence-plan.js';

const AGGREGATE = 'lineage';

function event(
  sequence: number,
  details: { replay?: boolean; invalid?: boolean; aggregate?: string } = {},
): IncomingEvent {
  const aggregate = details.aggregate ?? AGGREGATE;
  return {
    raw: { topic: 'test', headers: {}, value: Buffer.alloc(0) },
    lane: aggregate,
    head: {
      id: randomUUID(),
      type: 't',
      source: 's',
      time: '',
      owner: 'ej:1',
      aggregate,
      sequence,
      replay: details.replay ?? false,
    },
    content: details.invalid ? { kind: 'invalid', problems: 'x' } : { kind: 'handled', payload: {} },
  };
}

function plan(
  events: IncomingEvent[],
  state: Partial<AggregateState> = {},
  options: { parkedIds?: string[]; releaseWaiting?: boolean } = {},
) {
  const states = new Map(
    [...new Set(events.map(({ lane }) => lane))].map((lane) => [
      lane,
      { position: 0, blockedFrom: null, waiting: [], ...state },
    ]),
  );
  const result = planSequence({
    events,
    states,
    parkedIds: new Set(options.parkedIds),
    releaseWaiting: options.releaseWaiting ?? true,
  });
  return {
    applied: result.apply.map(({ head }) => head.sequence),
    waits: result.wait.map(({ head }) => head.sequence),
    parked: result.park.map(({ event: { head }, code }) => [head.sequence, code]),
    skipped: result.skipped,
    position: result.positions.get(AGGREGATE),
  };
}

describe('the order of lineage events', () => {
  it('applies the next ones and moves the position', () => {
    expect(plan([event(5), event(6)], { position: 4 })).toMatchObject({ applied: [5, 6], position: 6, skipped: 0 });
  });

  it('skips the known', () => {
    expect(plan([event(3), event(4), event(5)], { position: 4 })).toMatchObject({ applied: [5], skipped: 2 });
  });

  it('keeps the position when nothing is applied', () => {
    expect(plan([event(3)], { position: 4 })).toMatchObject({ applied: [], position: undefined });
  });

  it('makes an early one wait, once', () => {
    const early = event(7);
    expect(plan([early, early], { position: 4 })).toMatchObject({
      applied: [],
      waits: [7],
      skipped: 1,
      position: undefined,
    });
  });

  it('applies the waiting ones behind the missing one, as far as they follow', () => {
    expect(plan([event(5)], { position: 4, waiting: [event(6), event(7), event(9)] })).toMatchObject({
      applied: [5, 6, 7],
      position: 7,
    });
  });

  it('applies early ones of the same batch when the missing one comes last', () => {
    expect(plan([event(6), event(7), event(5)], { position: 4 })).toMatchObject({
      applied: [5, 6, 7],
      waits: [],
      position: 7,
    });
  });

  it('applies a waiting one whose turn a crash left unused', () => {
    expect(plan([event(4)], { position: 4, waiting: [event(5)] })).toMatchObject({
      applied: [5],
      skipped: 1,
      position: 5,
    });
  });

  it('leaves waiting ones alone when asked for one event only', () => {
    expect(plan([event(5)], { position: 4, waiting: [event(6)] }, { releaseWaiting: false })).toMatchObject({
      applied: [5],
      position: 5,
    });
  });

  it('parks one that breaks its contract and those behind it, and lets another aggregate pass', () => {
    expect(plan([event(1, { invalid: true }), event(2), event(1, { aggregate: 'other' })])).toMatchObject({
      applied: [1],
      parked: [
        [1, 'SCHEMA_INVALID'],
        [2, 'BLOCKED_BY_PARKED'],
      ],
      position: undefined,
    });
  });

  it('parks those behind an event parked before', () => {
    expect(plan([event(6)], { position: 4, blockedFrom: 5 })).toMatchObject({
      applied: [],
      parked: [[6, 'BLOCKED_BY_PARKED']],
    });
  });

  it('does not park again an event that is parked', () => {
    const known = event(5);
    expect(plan([known], { position: 4, blockedFrom: 5 }, { parkedIds: [known.head.id] })).toMatchObject({
      applied: [],
      parked: [],
      skipped: 1,
    });
  });

  it('applies a replay whatever its sequence, and goes on from there', () => {
    expect(plan([event(2, { replay: true })], { position: 4 })).toMatchObject({ applied: [2], position: undefined });
    expect(plan([event(8, { replay: true }), event(8), event(9)], { position: 4, blockedFrom: 5 })).toMatchObject({
      applied: [8, 9],
      skipped: 1,
      position: 9,
    });
  });

  it('does not block an aggregate behind a replay that breaks its contract', () => {
    expect(plan([event(4, { replay: true, invalid: true }), event(5)], { position: 4 })).toMatchObject({
      applied: [5],
      parked: [[4, 'SCHEMA_INVALID']],
    });
  });
});
