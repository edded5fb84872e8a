import type { OtlpReceiver, TestIssuer } from '@pfi/platform-testing';
import { Latencies } from '../bench/latencies.js';
import { adt, mdm, PlatformApi, Simulator } from '../demo/player/index.js';
import { documentIds, effectsOf, settled, type Observed } from '../faults/judgement/outcome.js';
import { judge, type Counts } from '../faults/judgement/verdict.js';
import { adminClient } from '../faults/nemesis/held-point.js';
import { SeededRandom } from '../faults/random.js';
import { HospitalLine } from '../faults/traffic/hospital-line.js';
import { hospitalsOf } from '../faults/traffic/hospitals.js';
import type { Hospital } from '../faults/traffic/stories.js';
import { Traffic } from '../faults/traffic/traffic.js';
import { isService, type PartName } from '../stack/environment.js';
import type { Stack } from '../stack/stack.js';
import { attack, type Played } from './attack.js';
import { Canaries } from './canary/canaries.js';
import { CanaryScan } from './canary/forms.js';
import { kafkaPlaces, logPlaces, metricsPlaces, type Place } from './canary/places.js';
import type { Case, DoorName } from './cases/case.js';
import { tokenValues } from './cases/tokens.js';
import type { Values } from './cases/template.js';
import type { Door } from './doors/door.js';
import { HttpDoor } from './doors/http-door.js';
import { MailboxDoor } from './doors/mailbox-door.js';
import { MllpDoor } from './doors/mllp-door.js';
import { tlsDoor } from './doors/tls-door.js';
import { peakMb } from './memory.js';
import { preparePlayings } from './playings.js';
import { goodStory } from './traffic/good-stories.js';
import { PacedLine } from './traffic/paced-line.js';

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface CorpusResult {
  readonly seed: number;
  readonly played: readonly Played[];
  /** Acknowledgements of the good traffic, ms: alone, and beside the corpus. */
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  readonly good: Counts;
  /** Most memory of each service, MB. */
  readonly memory: Readonly<Record<string, number>>;
  /** How many places were searched, and their size, MB. */
  readonly searched: { readonly places: number; readonly mb: number };
  /** Beyond the answers of the single cases. */
  readonly problems: readonly string[];
}

export interface CorpusGround {
  readonly stack: Stack;
  readonly collector: OtlpReceiver;
  /** Issues tokens of people that the platform accepts. */
  readonly people: TestIssuer;
  readonly otherOwner: { readonly id: string; readonly secret: string };
  readonly cases: readonly Case[];
  readonly seed: number;
  readonly size: keyof typeof sizes;
  /** What was said while the platform ran. */
  readonly lines: readonly string[];
  readonly signal: AbortSignal;
}

const LINES = 6;
const EVERY_MS = 220;
/** How much is played; `quick` is for whoever writes a case. */
const sizes = {
  whole: { rounds: 2, alone: 200, beside: 360, attackMs: 28_000 },
  quick: { rounds: 1, alone: 30, beside: 30, attackMs: 3_000 },
} as const;
const SETTLED_WITHIN_MS = 60_000;
const MEMORY_MB = 512;
/** An acknowledgement in that time is never late, whatever it took before. */
const FLOOR_MS = 50;
const MAILBOX = 'pfi@chu-val-de-brume.mssante.fr';

/** Plays good traffic alone, then beside the whole corpus, and looks for canaries in all that was written. */
export async function runCorpus(ground: CorpusGround): Promise<CorpusResult> {
  const { stack, cases, seed, signal } = ground;
  const size = sizes[ground.size];
  const random = new SeededRandom(seed);
  const canaries = new Canaries(seed);
  const api = new PlatformApi(stack.ports, stack.machineClient);
  const observed: Observed = {
    api,
    simulator: new Simulator(stack.ports.simAdmin),
    admin: () => adminClient(stack.adminUrl),
  };
  const hospitals = hospitalsOf(stack);
  const since = new Date();
  const tls = await tlsDoor(stack, api);
  const pids = servicePids(stack, tls.name);
  const fixed = await fixedValues(ground, api, hospitals[0] as Hospital, canaries);
  const { authority } = (hospitals[0] as Hospital).dpi;
  const playings = preparePlayings({ cases, rounds: size.rounds, canaries, random, authority, fixed, api });
  const doors = doorsOf(stack, api, observed.simulator, tls.door);
  const play = async (stories: number) => {
    const acknowledgements = new Latencies();
    const lines = Array.from({ length: LINES }, (_, index) => {
      const ways = { identity: [stack.ports.identityMllp], documents: [stack.ports.documentsMllp] };
      return new PacedLine(ways, api, index, { everyMs: EVERY_MS, acknowledgements });
    });
    const traffic = new Traffic({
      ...{ lines, simulator: observed.simulator, stories },
      next: () => goodStory(random.pick(hospitals), canaries, random),
    });
    await traffic.run(Promise.resolve());
    await Promise.all(lines.map((line) => line.close()));
    return { traffic, acknowledgements };
  };

  // what is compiled, connected and cached first must not count for either side
  await play(30);
  // half before and half after: a machine that others use does not stay the same
  const before = await play(size.alone / 2);
  signal.throwIfAborted();
  const slowness = Math.max(1, before.acknowledgements.percentile(0.99) / FLOOR_MS);
  const attacking = attack(playings, { doors, overMs: size.attackMs, slowness, signal });
  const beside = await play(size.beside);
  const played = await attacking;
  signal.throwIfAborted();
  const after = await play(size.alone / 2);
  const alone = new Latencies();
  for (const { acknowledgements } of [before, after]) alone.addAll(acknowledgements);
  const [times, timesBeside] = [percentiles(alone), percentiles(beside.acknowledgements)];

  const ended: string[] = [];
  const goods = [before, beside, after].map(({ traffic }) => traffic);
  const ids = goods.flatMap(documentIds);
  if (!(await settled(observed, ids, SETTLED_WITHIN_MS))) ended.push('not everything came to its end');
  const told = goods.flatMap((traffic) => traffic.told);
  const receipts = goods.flatMap((traffic) => traffic.receipts);
  const verdict = judge(told, receipts, await effectsOf(observed, ids, since));

  const places = await placesOf(ground, tls.name, played);
  const scan = new CanaryScan(canaries.markers);
  const leaks = places.flatMap(({ name, text }) =>
    scan.leaks(text).map(({ kind, form }) => `leak: ${kind}, ${form}, in ${name}`),
  );
  const memory = memoryOf(pids);
  const died = [...pids].filter(([name, pid]) => stack.pid(name) !== pid || stack.restarts(name) > 0);
  return {
    ...{ seed, played, alone: times, beside: timesBeside, good: verdict.counts, memory },
    searched: { places: places.length, mb: Math.round(places.reduce((sum, { text }) => sum + text.length, 0) / 1e6) },
    problems: [
      ...ended,
      ...verdict.problems.map((problem) => `good traffic: ${problem}`),
      ...died.map(([name]) => `${name} ended during the run`),
      ...Object.entries(memory).flatMap(([name, mb]) => (mb > MEMORY_MB ? [`${name} grew to ${mb} MB`] : [])),
      ...leaks,
    ],
  };
}

/** What the contract allows the good traffic's p99 beside the corpus, ms: told, never a test. */
export const allowedMs = ({ p99 }: Percentiles): number => Math.max(2 * p99, FLOOR_MS);

const percentiles = (latencies: Latencies): Percentiles => ({
  count: latencies.count,
  p50: latencies.percentile(0.5),
  p95: latencies.percentile(0.95),
  p99: latencies.percentile(0.99),
});

function doorsOf(stack: Stack, api: PlatformApi, simulator: Simulator, tls: Door): Record<DoorName, Door> {
  const { identityMllp, documentsMllp } = stack.ports;
  return {
    'mllp-documents': new MllpDoor({ port: documentsMllp, api, service: 'documents' }),
    'mllp-identity': new MllpDoor({ port: identityMllp, api, service: 'identity' }),
    'mllp-tls': tls,
    rest: new HttpDoor(stack.ports, false),
    console: new HttpDoor(stack.ports, true),
    mailbox: new MailboxDoor(simulator, api, MAILBOX),
  };
}

/** Tokens, and a document and a patient of the first hospital that are asked for in vain. */
async function fixedValues(
  { stack, people, otherOwner }: CorpusGround,
  api: PlatformApi,
  { gam, dpi }: Hospital,
  canaries: Canaries,
): Promise<Values> {
  const someone = canaries.patient(dpi.authority);
  const line = new HospitalLine(
    { identity: [stack.ports.identityMllp], documents: [stack.ports.documentsMllp] },
    api,
    0,
  );
  const sent = mdm(dpi, someone);
  const { controlId, message } = adt(gam, 'A28', someone, 'provisoire');
  await line.send({ door: 'identity', controlId, bytes: message });
  await line.send({ door: 'documents', controlId: sent.controlId, bytes: sent.message });
  await line.close();
  const [document] = await api.documents({ controlId: sent.controlId });
  const [patient] = await api.patients({ ipp: { authority: someone.authority.name, value: someone.ipp } });
  if (!document || !patient) throw new Error('the first patient and document were not taken');
  return {
    ...(await tokenValues(api, new PlatformApi(stack.ports, otherOwner), people)),
    'known.document': document.id,
    'known.patient': patient.id,
    'known.ipp': someone.ipp,
    'known.control-id': sent.controlId,
  };
}

async function placesOf(
  { stack, collector, lines }: CorpusGround,
  tls: string,
  played: readonly Played[],
): Promise<Place[]> {
  const services = stack.names.filter((name) => name === tls || isService(name as PartName));
  return [
    ...logPlaces(stack.stateDir),
    { name: 'log of the launcher', text: lines.join('\n') },
    ...(await metricsPlaces(stack, services)),
    { name: 'traces', text: collector.exports.join('\n') },
    ...(await kafkaPlaces(stack.kafkaBrokers)),
    ...played.map(({ of, got }) => ({ name: `the answer to ${of.id}`, text: got.said })),
  ];
}

const servicePids = (stack: Stack, tls: string): Map<string, number | undefined> =>
  new Map(
    stack.names
      .filter((name) => name === tls || isService(name as PartName))
      .map((name) => [name, stack.pid(name)] as const),
  );

const memoryOf = (pids: ReadonlyMap<string, number | undefined>): Record<string, number> =>
  Object.fromEntries(
    [...pids].flatMap(([name, pid]) => {
      const mb = pid === undefined ? undefined : peakMb(pid);
      return mb === undefined ? [] : [[name, mb]];
    }),
  );
