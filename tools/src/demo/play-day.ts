import { performance } from 'node:perf_hooks';
import type { Stack } from '../stack/stack.js';
import { day, firstStory } from './day.js';
import { endingProblems, isSettled, type Scene } from './endings.js';
import { LiveStage, until } from './live-stage.js';
import { outsideProblems } from './outside.js';
import type { DocumentView } from './player/index.js';
import { expectedRates, ratesNow, rateLines, rateProblems } from './rates.js';
import { followedLines, summaryLines } from './summary.js';
import type { Place, Story } from './stories/stage.js';

/** What a played day came to: lines for the person, and what was not as it should be (empty when all is well). */
export interface DaySummary {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Applications that speak at the same time. */
const VOICES = 6;
const places = day.map(({ place }) => place);

/**
 * Plays a day of a synthetic GHT through the platform's own doors, then compares what the API says with what the simulated
 * DMP, the mail operator and the senders really received.
 */
export async function playDay(stack: Stack, say: (line: string) => void): Promise<DaySummary> {
  const stage = new LiveStage(stack);
  try {
    const [opening] = day;
    if (!opening) return { lines: [], problems: [] };
    const began = new Date();
    const before = await ratesNow(stage, places);
    const first = await played(stage, opening.place, firstStory);
    await stage.seen(first.endings[0]?.controlId ?? '', { dmp: 'delivered' });
    say(`premier dépôt dans le DMP simulé ${(performance.now() / 1000).toFixed(1)} s après la commande`);
    const all = [first, ...(await playAll(stage, say))];
    const documents = await settledDocuments(stage, all, began);
    const expected = expectedRates(all, before);
    const rates = await settledRates(stage, expected);
    const followed = all.find(({ story }) => story.title.startsWith('INS qualifiée')) ?? first;
    return {
      lines: [
        ...(await followedLines(stage, followed, documents)),
        '',
        'La journée, d’après l’API :',
        ...summaryLines(documents, places),
        '',
        ...rateLines(rates, places),
      ],
      problems: [
        ...endingProblems(all, documents),
        ...(await outsideProblems(stage, documents)),
        ...rateProblems(rates, expected),
      ],
    };
  } finally {
    await stage.close();
  }
}

async function played(stage: LiveStage, place: Place, story: Story): Promise<Scene> {
  return { place, story, ...(await story.play(stage, place)) };
}

async function playAll(stage: LiveStage, say: (line: string) => void): Promise<Scene[]> {
  const waiting = interleaved(day.map(({ place, stories }) => stories.map((story) => ({ place, story }))));
  const total = waiting.length;
  const done: Scene[] = [];
  const voice = async () => {
    for (let scene = waiting.shift(); scene; scene = waiting.shift()) {
      done.push(await played(stage, scene.place, scene.story));
      if (done.length % 50 === 0) say(`  ${done.length} séjours sur ${total}`);
    }
  };
  await Promise.all(Array.from({ length: VOICES }, voice));
  const documents = done.reduce((count, { endings }) => count + endings.length, 0);
  say(`  ${done.length} séjours et ${documents} documents remis, attente des derniers envois`);
  return done;
}

/** One scene of each place in turn. */
function interleaved<T>(days: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...days.map((scenes) => scenes.length));
  return Array.from({ length: longest }, (_, index) => days.flatMap((scenes) => scenes[index] ?? [])).flat();
}

/** The documents of the day once each ended as its story says, or as they are after a minute. */
async function settledDocuments(stage: LiveStage, all: readonly Scene[], began: Date): Promise<DocumentView[]> {
  const endings = new Map(all.flatMap((scene) => scene.endings).map((ending) => [ending.controlId, ending]));
  const isAsTold = (document: DocumentView) => {
    const ending = endings.get(document.controlId);
    return ending !== undefined && isSettled(ending, document);
  };
  let found: DocumentView[] = [];
  const settled = async () => {
    const documents = await stage.api.documents({ from: began.toISOString() });
    found = documents.filter(({ controlId }) => endings.has(controlId));
    return Map.groupBy(found, ({ controlId }) => controlId).size === endings.size && found.every(isAsTold);
  };
  // what is not settled in time is told as a problem, with the rest of the summary
  await until('la journée est close', settled, 1_000).catch(() => undefined);
  return found;
}

async function settledRates(stage: LiveStage, expected: Awaited<ReturnType<typeof ratesNow>>) {
  let rates = expected;
  const settled = async () => {
    rates = await ratesNow(stage, places);
    return rateProblems(rates, expected).length === 0;
  };
  await until('les taux suivent', settled, 500, 10_000).catch(() => undefined);
  return rates;
}
