import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';

const never = new AbortController().signal;

/** What was let in, in order, by name. */
function queue(budget: ByteBudget) {
  const admitted: string[] = [];
  const held = new Map<string, Disposable>();
  const ask = (name: string, bytes: number, signal = never) =>
    budget.take(bytes, signal).then(
      (one) => {
        admitted.push(name);
        held.set(name, one);
      },
      () => admitted.push(`${name} gave up`),
    );
  return { admitted, ask, giveBack: (name: string) => held.get(name)?.[Symbol.dispose]() };
}

describe('a budget of bytes', () => {
  it('lets in as many as fit, and the next ones in their order as room is given back', async () => {
    const { admitted, ask, giveBack } = queue(new ByteBudget(100));
    for (const [name, bytes] of [
      ['a', 60],
      ['b', 40],
      ['c', 50],
      ['d', 1],
    ] as const)
      void ask(name, bytes);
    await turn();
    expect(admitted).toEqual(['a', 'b']);
    giveBack('b');
    await turn();
    // d would fit: it does not pass c.
    expect(admitted).toEqual(['a', 'b']);
    giveBack('a');
    await turn();
    expect(admitted).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets in alone what is larger than the whole', async () => {
    const { admitted, ask, giveBack } = queue(new ByteBudget(100));
    void ask('small', 1);
    void ask('huge', 1_000);
    void ask('next', 1);
    await turn();
    expect(admitted).toEqual(['small']);
    giveBack('small');
    await turn();
    expect(admitted).toEqual(['small', 'huge']);
    giveBack('huge');
    await turn();
    expect(admitted).toEqual(['small', 'huge', 'next']);
  });

  it('is not given back twice', async () => {
    const { admitted, ask, giveBack } = queue(new ByteBudget(100));
    for (const [name, bytes] of [
      ['a', 100],
      ['b', 60],
      ['c', 60],
    ] as const)
      void ask(name, bytes);
    await turn();
    giveBack('a');
    giveBack('a');
    await turn();
    expect(admitted).toEqual(['a', 'b']);
  });

  it('forgets who no longer waits, and lets in who stood behind', async () => {
    const { admitted, ask } = queue(new ByteBudget(100));
    const impatient = new AbortController();
    void ask('a', 60);
    void ask('b', 60, impatient.signal);
    void ask('c', 40);
    await turn();
    impatient.abort(new Error('too long'));
    void ask('d', 1, impatient.signal);
    await turn();
    expect(admitted.sort()).toEqual(['a', 'b gave up', 'c', 'd gave up']);
  });
});
