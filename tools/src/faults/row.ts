import type { Client } from 'pg';
import type { PlatformApi, Simulator } from '../demo/player/index.js';
import type { ServiceName } from '../stack/environment.js';
import type { Stack } from '../stack/stack.js';
import type { Tolerance } from './judgement/verdict.js';
import type { HeldPoints } from './nemesis/held-point.js';
import type { Instances } from './nemesis/instances.js';
import type { SeededRandom } from './random.js';
import type { Hospital, StoryKind } from './traffic/stories.js';
import type { Message, Story } from './traffic/story.js';
import type { Traffic } from './traffic/traffic.js';

/** What a disturbance has in its hands. */
export interface FaultContext {
  readonly stack: Stack;
  readonly instances: Instances;
  readonly held: HeldPoints;
  readonly random: SeededRandom;
  readonly traffic: Traffic;
  readonly simulator: Simulator;
  readonly api: PlatformApi;
  readonly admin: () => Promise<Client>;
  /** Outages and waits last a fraction of what the fault matrix names. */
  readonly short: boolean;
  /** Something that is wrong whatever the effects are. */
  readonly fail: (problem: string) => void;
  /** For the report: what was done. */
  readonly note: (what: string) => void;
}

/** One row of the fault matrix. */
export interface Row {
  readonly id: string;
  readonly what: string;
  /** Longest time from the end of the disturbance until everything has come to its end, s. */
  readonly recoverWithinS: number;
  /** Stories of one run, before those that go on during a long disturbance. */
  readonly stories?: number;
  readonly among?: readonly StoryKind[];
  /** Instead of the ordinary stories. */
  readonly story?: (hospitals: readonly Hospital[], random: SeededRandom, index: number) => Story;
  readonly copies?: (message: Message, random: SeededRandom) => number;
  readonly tolerance?: Tolerance;
  /** Ends when what was disturbed is there again. */
  readonly disturb: (context: FaultContext) => Promise<void>;
  /** What else must hold, once everything has come to its end. @returns problems */
  readonly verify?: (context: FaultContext) => Promise<readonly string[]>;
}

/** One instance of a service, by chance. */
export const anyOf = ({ instances, random }: FaultContext, service: ServiceName): string =>
  random.pick(instances.of(service));
