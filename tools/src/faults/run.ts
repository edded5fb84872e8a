import { PlatformApi, Simulator } from '../demo/player/index.js';
import type { Stack } from '../stack/stack.js';
import { documentIds, effectsOf, settled, type Observed } from './judgement/outcome.js';
import { judge, type Counts } from './judgement/verdict.js';
import { adminClient, HeldPoints } from './nemesis/held-point.js';
import type { Instances } from './nemesis/instances.js';
import { SeededRandom } from './random.js';
import type { FaultContext, Row } from './row.js';
import { HospitalLine } from './traffic/hospital-line.js';
import { writeStory, type Hospital } from './traffic/stories.js';
import { Traffic } from './traffic/traffic.js';

export interface RunResult {
  readonly row: string;
  readonly seed: number;
  readonly instances: 1 | 2;
  readonly done: readonly string[];
  readonly counts: Counts;
  /** From the end of the disturbance until everything had come to its end; null: it never did. */
  readonly recoveredS: number | null;
  readonly problems: readonly string[];
}

export interface Ground {
  readonly stack: Stack;
  readonly instances: Instances;
  readonly hospitals: readonly Hospital[];
  readonly short: boolean;
}

const LINES = 6;
const STORIES = 40;
const SHORT_LIMIT_S = 60;
const STORIES_SHORT = 12;

/**
 * Plays one row with one seed: traffic and disturbance together. Resolves when every message was answered and what was disturbed is
 * there again; `result` follows when everything has come to its end.
 */
export async function play(ground: Ground, row: Row, seed: number): Promise<{ readonly result: Promise<RunResult> }> {
  const { stack, instances, hospitals, short } = ground;
  const doubled = instances.of('documents').length > 1;
  const random = new SeededRandom(seed);
  const api = new PlatformApi(stack.ports, stack.machineClient);
  const simulator = new Simulator(stack.ports.simAdmin);
  const admin = () => adminClient(stack.adminUrl);
  const lines = Array.from({ length: LINES }, (_, index) => new HospitalLine(instances.doors, api, index));
  const since = new Date();
  let index = 0;
  const traffic = new Traffic({
    ...{ lines, simulator },
    stories: row.stories ?? (short ? STORIES_SHORT : STORIES),
    next: () => {
      const number = (index += 1);
      // each story follows from seed and number, whichever line comes to tell it
      const own = new SeededRandom(seed * 10_007 + number);
      return row.story?.(hospitals, own, number) ?? writeStory(own.pick(hospitals), own, row.among);
    },
    ...(row.copies ? { copies: (message) => row.copies?.(message, random) ?? 1 } : {}),
  });
  const failures: string[] = [];
  const done: string[] = [];
  const context: FaultContext = {
    ...{ stack, instances, random, traffic, simulator, api, admin, short },
    held: new HeldPoints(stack, () => instances.all),
    fail: (problem) => void failures.push(problem),
    note: (what) => void done.push(what),
  };
  let disturbedUntil = performance.now();
  const disturbance = row
    .disturb(context)
    .then(() => instances.ready())
    .catch((error: unknown) => context.fail(`the disturbance failed: ${String(error)}`))
    .then(() => void (disturbedUntil = performance.now()));
  await traffic.run(disturbance);
  await disturbance;
  await Promise.all(lines.map((line) => line.close()));
  const observed: Observed = { api, simulator, admin };
  const result = conclude().catch((error: unknown): RunResult => ({
    ...head(),
    counts: {
      sent: traffic.receipts.length,
      acknowledged: traffic.acknowledged,
      effects: 0,
      absorbed: 0,
      parked: 0,
      mailCopies: 0,
    },
    recoveredS: null,
    problems: [`the run could not be judged: ${String(error)}`],
  }));
  return { result };

  function head() {
    return { row: row.id, seed, instances: doubled ? (2 as const) : (1 as const), done };
  }

  async function conclude(): Promise<RunResult> {
    const ids = documentIds(traffic);
    // in a short run the next disturbances fall into the recovery from this one: the sender of a mail may be killed by another row
    const allowedS = short ? Math.max(2 * row.recoverWithinS, SHORT_LIMIT_S) : row.recoverWithinS;
    const tolerance = short ? { ...row.tolerance, mailTwice: true } : row.tolerance;
    const ended = await settled(observed, ids, (short ? 1 : 2) * allowedS * 1_000);
    const recoveredS = Math.max(0, (performance.now() - disturbedUntil) / 1_000);
    const verdict = judge(traffic.told, traffic.receipts, await effectsOf(observed, ids, since), tolerance);
    const problems = [
      ...failures,
      ...verdict.problems,
      ...((await row.verify?.(context)) ?? []),
      ...(!ended ? ['not everything came to its end'] : []),
      ...(ended && recoveredS > allowedS ? [`recovered late: ${allowedS} s allowed`] : []),
    ];
    return { ...head(), counts: verdict.counts, recoveredS: ended ? recoveredS : null, problems };
  }
}
