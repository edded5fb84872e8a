import type { PlatformApi, Sender } from '../demo/player/index.js';
import type { SeededRandom } from '../faults/random.js';
import type { Playing } from './attack.js';
import type { Canaries, CanaryPatient } from './canary/canaries.js';
import type { Case, DoorName } from './cases/case.js';
import { expandFile, type Values } from './cases/template.js';
import { caseValues } from './cases/values.js';

const lineEnds = { cr: '\r', lf: '\n', crlf: '\r\n' } as const;
/** What waits for a timeout begins first, so that nobody waits for it. */
const SLOW_MS = 60_000;

export interface PlayingOptions {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly canaries: Canaries;
  readonly random: SeededRandom;
  readonly authority: Sender['authority'];
  /** What every template may name. */
  readonly fixed: Values;
  readonly api: PlatformApi;
}

/** The corpus as many times as there are rounds, each round in an order of its own, each input about somebody new. */
export function preparePlayings(options: PlayingOptions): Playing[] {
  const { cases, rounds, random } = options;
  const [slow, others] = [cases.filter(isSlow), cases.filter((one) => !isSlow(one))];
  const later = others.filter(({ once }) => !once);
  const order = Array.from({ length: rounds }, (_, round) => random.shuffled(round === 0 ? others : later)).flat();
  return [...slow, ...order].map((of) => prepare(of, options));
}

const isSlow = ({ withinMs }: Case): boolean => withinMs > SLOW_MS;

function prepare(of: Case, { canaries, authority, fixed, api }: PlayingOptions): Playing {
  const patient = canaries.patient(authority);
  const bytes = expandFile(of.file, { ...fixed, ...caseValues(patient) }, lineEnds[of.lineEnd ?? usual(of.door)]);
  const written = of.charset ? Buffer.from(bytes.toString('utf8'), of.charset) : bytes;
  const { birthName } = of;
  return {
    ...{ of, bytes: written },
    ...(birthName === undefined ? {} : { verify: () => knownAs(api, patient, birthName) }),
  };
}

const usual = (door: DoorName): keyof typeof lineEnds => (door.startsWith('mllp') ? 'cr' : 'crlf');

async function knownAs(api: PlatformApi, { ipp, authority, traits }: CanaryPatient, birthName: string) {
  const found = await api.patients({ ipp: { authority: authority.name, value: ipp } });
  const wanted = birthName.replaceAll('{{name}}', traits.birthName);
  const told = found.map((patient) => patient.traits.birthName);
  return told.length === 1 && told[0] === wanted ? undefined : `known as ${JSON.stringify(told)}`;
}
