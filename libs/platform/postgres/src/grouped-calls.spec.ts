import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { PfiError } from '@pfi/health';
import { GroupedCalls } from './grouped-calls.js';

function grouped(fails: (items: readonly string[]) => Error | undefined = () => undefined, limit = 64) {
  const groups: string[][] = [];
  const calls = new GroupedCalls<string, string>({
    keyOf: (item) => item[0] ?? '',
    limit,
    run: async (items) => {
      groups.push([...items]);
      await delay(5);
      const error = fails(items);
      if (error) throw error;
      return items.map((item) => (item.endsWith('!') ? new Error(item) : item.toUpperCase()));
    },
  });
  return { calls, groups };
}

describe('GroupedCalls', () => {
  it('runs one alone at once, and together those that came meanwhile', async () => {
    const { calls, groups } = grouped();
    const first = calls.call('a1');
    await delay(1);
    const more = ['a2', 'a3'].map((item) => calls.call(item));
    expect(await Promise.all([first, ...more])).toEqual(['A1', 'A2', 'A3']);
    expect(groups).toEqual([['a1'], ['a2', 'a3']]);
  });

  it('keeps keys apart, and groups within the limit', async () => {
    const { calls, groups } = grouped(undefined, 2);
    await Promise.all(['a1', 'b1', 'a2', 'a3'].map((item) => calls.call(item)));
    expect(groups.toSorted()).toEqual([['a1', 'a2'], ['a3'], ['b1']]);
  });

  it('weighs items, and lets one that is too heavy go alone', async () => {
    const groups: number[][] = [];
    const calls = new GroupedCalls<number, number>({
      limit: 5,
      weightOf: (item) => item,
      run: async (items) => {
        groups.push([...items]);
        return items;
      },
    });
    await Promise.all([2, 3, 9, 1, 4, 1].map((item) => calls.call(item)));
    expect(groups).toEqual([[2, 3], [9], [1, 4], [1]]);
  });

  it('rejects the call whose answer is an error, and no other', async () => {
    const { calls } = grouped();
    const ends = await Promise.allSettled(['a1', 'a2!'].map((item) => calls.call(item)));
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('runs each alone when a group fails, so that the others get through', async () => {
    const { calls } = grouped((items) => (items.includes('a2') ? new Error('bad') : undefined));
    const ends = await Promise.allSettled(['a1', 'a2', 'a3'].map((item) => calls.call(item)));
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails all at once when what they need is unavailable, and works afterwards', async () => {
    let down = true;
    const { calls, groups } = grouped(() => (down ? new PfiError('DOWN', 'unavailable', 'En panne.') : undefined));
    const ends = await Promise.allSettled(['a1', 'a2'].map((item) => calls.call(item)));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(groups).toHaveLength(1);
    down = false;
    expect(await calls.call('a3')).toBe('A3');
  });
});
