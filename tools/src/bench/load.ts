import { performance } from 'node:perf_hooks';
import { Latencies } from './latencies.js';

export interface Load {
  /** Who sends at the same time, each its next as soon as its last was answered. */
  readonly senders: number;
  readonly messages: number;
  /** Messages each second over all senders; as fast as they are answered when absent. */
  readonly rate?: number;
  readonly signal: AbortSignal;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly seconds: number;
  readonly latencies: Latencies;
}

/**
 * Sends numbered messages. With a rate, a message that had to wait for its turn is late from its planned instant, so that a
 * slow answer is not hidden by the messages that it held back.
 */
export async function underLoad(
  { senders, messages, rate, signal }: Load,
  send: (number: number, sender: number) => Promise<void>,
): Promise<LoadResult> {
  const latencies = new Latencies();
  const began = performance.now();
  let next = 0;
  const one = async (sender: number) => {
    for (let number = next++; number < messages && !signal.aborted; number = next++) {
      const planned = rate === undefined ? performance.now() : began + (number * 1000) / rate;
      const wait = planned - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      await send(number, sender);
      latencies.add(performance.now() - planned);
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, sender) => one(sender)));
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: latencies.count / seconds, seconds, latencies };
}
