import { setTimeout as delay } from 'node:timers/promises';
import type { Case, DoorName } from './cases/case.js';
import type { Door, Got } from './doors/door.js';

/** One bad input, ready to be sent. */
export interface Playing {
  readonly of: Case;
  readonly bytes: Buffer;
  /** What is asked afterwards of whoever was spoken of. @returns what is wrong */
  readonly verify?: () => Promise<string | undefined>;
}

export interface Played {
  readonly of: Case;
  readonly got: Got;
  /** Empty: as it must be. */
  readonly problem: string;
}

export interface AttackOptions {
  readonly doors: Readonly<Record<DoorName, Door>>;
  /** Everything is begun within this time, evenly, as far as the connections allow. */
  readonly overMs: number;
  /** How many times slower than a machine of its own this one is. */
  readonly slowness: number;
  readonly signal: AbortSignal;
}

/** A peer may have 32 connections to an MLLP door, and the good traffic comes from the same address. */
const CONNECTIONS = 6;
/** Long enough for what hangs to be told from what is only slow, on a slow machine too. */
const PATIENCE_MS = 75_000;
const LONGEST_PATIENCE_MS = 150_000;
/** What waits for a timeout, or for a mailbox to be read, keeps nobody else waiting. */
const WAITS_MS = 10_000;

/** Sends everything, each on a connection of its own. Resolves when all was answered. */
export async function attack(playings: readonly Playing[], options: AttackOptions): Promise<Played[]> {
  const began = performance.now();
  const due = new Map(playings.map((playing, index) => [playing, began + (options.overMs * index) / playings.length]));
  const [waiting, others] = [playings.filter(waits), playings.filter((playing) => !waits(playing))];
  const played: Played[] = [];
  const send = async (playing: Playing) => {
    await delay(Math.max(0, (due.get(playing) ?? 0) - performance.now()), undefined, { signal: options.signal });
    played.push(await play(playing, options));
  };
  let next = 0;
  const line = async () => {
    for (let playing = others[next++]; playing; playing = others[next++]) await send(playing);
  };
  await Promise.all([...waiting.map(send), ...Array.from({ length: CONNECTIONS }, line)]);
  return played;
}

const waits = ({ of: { withinMs } }: Playing): boolean => withinMs > WAITS_MS;

async function play({ of, bytes, verify }: Playing, { doors, slowness }: AttackOptions): Promise<Played> {
  try {
    const got = await doors[of.door].play(bytes, of, Math.min(PATIENCE_MS * slowness, LONGEST_PATIENCE_MS));
    return { of, got, problem: wrong(of, got, slowness) ?? (await verify?.()) ?? '' };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { of, got: { answer: 'nothing', ms: 0, said: '' }, problem };
  }
}

/** What is wrong with an answer, if anything is. */
export function wrong(of: Pick<Case, 'expect' | 'location' | 'withinMs'>, got: Got, slowness = 1): string | undefined {
  if (got.answer !== of.expect) return `${of.expect} expected`;
  if (of.location !== undefined && got.location !== of.location) return `at ${got.location || 'no place'}`;
  if (/\bat [^\n]*\.[jt]s:\d+:\d+/.test(got.said)) return 'tells a stack trace';
  return got.ms > of.withinMs * slowness ? `after ${Math.round(got.ms)} ms` : undefined;
}
