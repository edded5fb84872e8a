import { describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { FrameBatcher } from './frame-batcher.js';
import type { MllpAnswer, MllpFrame } from './mllp.types.js';

const frame = (text: string, bytes = text.length): MllpFrame => ({
  bytes: Buffer.alloc(bytes),
  receivedAt: new Date(),
  connectionId: text,
  remoteAddress: '127.0.0.1',
});

/** A batcher whose handler waits until a batch, named by its first frame, is let go. */
function held(limits: { readonly maxBatches: number; readonly maxFrames?: number }) {
  const batches: string[][] = [];
  const gates = new Map<string, () => void>();
  const batcher = new FrameBatcher(
    async (frames) => {
      const texts = frames.map(({ connectionId }) => connectionId);
      batches.push(texts);
      await new Promise<void>((resolve) => gates.set(texts[0] ?? '', resolve));
      return texts.map((text): MllpAnswer => ({ ack: Buffer.from(text) }));
    },
    { maxFrames: 64, maxBytes: 2_000_000, ...limits },
    () => undefined,
  );
  const submit = (text: string, lane: string, bytes?: number) => batcher.submit(frame(text, bytes), () => true, lane);
  return { batcher, batches, submit, release: (text: string) => gates.get(text)?.() };
}

describe('lanes of frames', () => {
  it('do not wait for each other, and each is handled in its order', async () => {
    const { batches, submit, release } = held({ maxBatches: 2 });
    void submit('a1', 'a');
    await eventually(() => expect(batches).toEqual([['a1']]));
    void submit('a2', 'a');
    const other = submit('b1', 'b');
    await eventually(() => expect(batches).toEqual([['a1'], ['b1']]));
    release('b1');
    expect(await other).toEqual({ ack: Buffer.from('b1') });
    void submit('a3', 'a');
    expect(batches).toEqual([['a1'], ['b1']]);
    release('a1');
    await eventually(() => expect(batches).toEqual([['a1'], ['b1'], ['a2', 'a3']]));
    release('a2');
  });

  it('share a batch when there is no room for one of their own', async () => {
    const { batches, submit, release } = held({ maxBatches: 1 });
    void submit('a1', 'a');
    await eventually(() => expect(batches).toHaveLength(1));
    for (const lane of ['b', 'c', 'a']) void submit(`${lane}2`, lane);
    release('a1');
    await eventually(() => expect(batches[1]?.toSorted()).toEqual(['a2', 'b2', 'c2']));
    release(batches[1]?.[0] ?? '');
  });

  it('have their turn, however much another sends', async () => {
    const { batches, submit, release } = held({ maxBatches: 1, maxFrames: 2 });
    for (const text of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6']) void submit(text, 'a');
    await eventually(() => expect(batches).toHaveLength(1));
    void submit('b1', 'b');
    release('a1');
    await eventually(() => expect(batches).toHaveLength(2));
    expect(batches[1]).toContain('b1');
    release('b1');
    release('a3');
  });

  it('of large frames wait while others are handled, those of small ones pass by', async () => {
    const { batches, submit, release } = held({ maxBatches: 4 });
    const large = 5_000_000;
    void submit('a1', 'a', large);
    await eventually(() => expect(batches).toEqual([['a1']]));
    void submit('b1', 'b', large);
    void submit('c1', 'c');
    await eventually(() => expect(batches).toEqual([['a1'], ['c1']]));
    release('a1');
    await eventually(() => expect(batches).toEqual([['a1'], ['c1'], ['b1']]));
    release('b1');
    release('c1');
  });

  it('with a large frame have their turn, however much others send', async () => {
    const { batches, submit, release } = held({ maxBatches: 1 });
    void submit('a1', 'a');
    await eventually(() => expect(batches).toHaveLength(1));
    for (const [text, lane, bytes] of [
      ['a2', 'a'],
      ['b1', 'b'],
      ['c1', 'c', 5_000_000],
    ] as const)
      void submit(text, lane, bytes);
    release('a1');
    await eventually(() => expect(batches).toHaveLength(2));
    for (const lane of ['a', 'b']) void submit(`${lane}3`, lane);
    release(batches[1]?.[0] ?? '');
    await eventually(() => expect(batches).toHaveLength(3));
    expect([...(batches[1] ?? []), ...(batches[2] ?? [])]).toContain('c1');
    release(batches[2]?.[0] ?? '');
  });

  it('close together: what runs is answered, the rest is not', async () => {
    const { batcher, batches, submit, release } = held({ maxBatches: 2 });
    const running = [submit('a1', 'a'), submit('b1', 'b')];
    await eventually(() => expect(batches).toHaveLength(2));
    const waiting = submit('a2', 'a');
    const closed = batcher.close();
    expect(await waiting).toEqual({ close: true });
    release('a1');
    release('b1');
    expect(await Promise.all(running)).toEqual([{ ack: Buffer.from('a1') }, { ack: Buffer.from('b1') }]);
    await closed;
    expect(batches).toHaveLength(2);
  });
});
