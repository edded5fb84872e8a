import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runsOfOneType } from './runs.js';

const event = (aggregate: string, type: string, place = 0) => ({ head: { aggregate, type }, place });
const shown = (runs: ReturnType<typeof event>[][]) =>
  runs.map((run) => `${run[0]?.head.type}: ${run.map(({ head }) => head.aggregate).join(' ')}`);

describe('the calls of handlers in a batch', () => {
  it('are few when aggregates tell the same story one after the other', () => {
    const stories = ['a', 'b', 'c'].flatMap((one) => [event(one, 'recorded'), event(one, 'requested')]);
    expect(shown(runsOfOneType(stories))).toEqual(['recorded: a b c', 'requested: a b c']);
  });

  it('keep the order inside each aggregate, and every event once', () => {
    const batch = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y', 'z')), { maxLength: 30 });
    fc.assert(
      fc.property(batch, (pairs) => {
        const events = pairs.map(([aggregate, type], place) => event(aggregate, type, place));
        const runs = runsOfOneType(events);
        for (const run of runs) expect(new Set(run.map(({ head }) => head.type)).size).toBe(1);
        const handled = runs.flat();
        expect(handled).toHaveLength(events.length);
        for (const aggregate of ['a', 'b', 'c']) {
          const of = (all: typeof events) => all.filter(({ head }) => head.aggregate === aggregate).map((e) => e.place);
          expect(of(handled)).toEqual(of(events));
        }
      }),
    );
  });
});
