import { performance } from 'node:perf_hooks';
import type { Stack } from '../stack/stack.js';
import { LiveStage, until } from './live-stage.js';
import type { DocumentView } from './player/index.js';
import { day, firstStory } from './stories.js';
import type { Ending, Place, Story } from './stories.js';
import { codeOf, dmpOf, summaryLines, zamsOf } from './summary.js';

/** What a played day came to: lines for the person, and what was not as it should be (empty when all is well). */
export interface DaySummary {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

interface Scene {
  readonly place: Place;
  readonly story: Story;
}

type Played = Scene & { readonly ending: Ending };

/** Applications that speak at the same time. */
const VOICES = 6;

/**
 * Plays a day of a synthetic GHT through the platform's own doors, then compares what the API says with what the simulated
 * DMP and the senders really received.
 */
export async function playDay(stack: Stack, say: (line: string) => void): Promise<DaySummary> {
  const stage = new LiveStage(stack);
  try {
    const [opening] = day;
    if (!opening) return { lines: [], problems: [] };
    const first = await played(stage, { place: opening.place, story: firstStory });
    await stage.seen(first.ending.controlId, 'delivered');
    say(`premier dépôt dans le DMP simulé ${(performance.now() / 1000).toFixed(1)} s après la commande`);
    const all = [first, ...(await playAll(stage, say))];
    const documents = await settledDocuments(stage, all);
    const followed = all.find(({ story }) => story.title.startsWith('INS qualifiée')) ?? first;
    return {
      lines: [
        ...(await followedLines(stage, followed, documents)),
        '',
        'La journée, d’après l’API :',
        ...summaryLines(
          documents,
          day.map(({ place }) => place),
        ),
      ],
      problems: [...endingProblems(all, documents), ...(await outsideProblems(stage, documents))],
    };
  } finally {
    await stage.close();
  }
}

async function played(stage: LiveStage, scene: Scene): Promise<Played> {
  return { ...scene, ending: await scene.story.play(stage, scene.place) };
}

async function playAll(stage: LiveStage, say: (line: string) => void): Promise<Played[]> {
  const scenes = interleaved(day.map(({ place, stories }) => stories.map((story) => ({ place, story }))));
  const waiting = [...scenes];
  const done: Played[] = [];
  const voice = async () => {
    for (let scene = waiting.shift(); scene; scene = waiting.shift()) {
      done.push(await played(stage, scene));
      if (done.length % 20 === 0) say(`  ${done.length} documents sur ${scenes.length} remis par les applications`);
    }
  };
  await Promise.all(Array.from({ length: VOICES }, voice));
  say(`  ${done.length} documents remis, attente des derniers dépôts`);
  return done;
}

/** One scene of each place in turn. */
function interleaved(days: readonly (readonly Scene[])[]): Scene[] {
  const longest = Math.max(...days.map((scenes) => scenes.length));
  return Array.from({ length: longest }, (_, index) => days.flatMap((scenes) => scenes[index] ?? [])).flat();
}

const isSettled = ({ ending }: Played, document: DocumentView): boolean =>
  dmpOf(document).state === ending.state &&
  (ending.code === undefined || codeOf(dmpOf(document)) === ending.code) &&
  (ending.zam === undefined || zamsOf(document, ending.zam === 'Y' ? 'positif' : 'négatif') > 0);

/** The documents of the day once each ended as its story says, or as they are after a minute. */
async function settledDocuments(stage: LiveStage, all: readonly Played[]): Promise<DocumentView[]> {
  let documents: DocumentView[] = [];
  const settled = async () => {
    const found = await Promise.all(all.map(({ ending }) => stage.api.documents({ controlId: ending.controlId })));
    documents = found.flat();
    return all.every((one, index) => {
      const [document] = found[index] ?? [];
      return document !== undefined && isSettled(one, document);
    });
  };
  // what is not settled in time is told as a problem, with the rest of the summary
  await until('la journée est close', settled, 1_000).catch(() => undefined);
  return documents;
}

function endingProblems(all: readonly Played[], documents: readonly DocumentView[]): string[] {
  const byControlId = Map.groupBy(documents, ({ controlId }) => controlId);
  return all.flatMap((one) => {
    const { place, story, ending } = one;
    const found = byControlId.get(ending.controlId) ?? [];
    const [document] = found;
    if (found.length === 1 && document && isSettled(one, document)) return [];
    const is = document ? `${dmpOf(document).state} ${codeOf(dmpOf(document))}` : 'aucun document';
    const wanted = `${ending.state} ${ending.code ?? ''} ${ending.zam ? `ZAM ${ending.zam}` : ''}`.trim();
    return [`${place.name}, ${story.title} : ${found.length} document(s), ${is.trim()} ; attendu : ${wanted}`];
  });
}

/** What the API tells against what came to the DMP and to the senders, by the simulator's own list. */
async function outsideProblems({ simulator }: LiveStage, documents: readonly DocumentView[]): Promise<string[]> {
  const [entries, zams] = await Promise.all([simulator.entries(), simulator.zams()]);
  const entriesOf = Map.groupBy(entries, ({ uniqueId }) => uniqueId);
  const zamsFor = Map.groupBy(zams, ({ originalControlId }) => originalControlId);
  return documents.flatMap((document) => {
    const { documentId, controlId } = document;
    const wanted = dmpOf(document).state === 'delivered' ? 1 : 0;
    const found = entriesOf.get(documentId)?.length ?? 0;
    const told = zamsFor.get(controlId) ?? [];
    const positive = told.filter((zam) => zam.positive).length;
    return [
      ...(found === wanted ? [] : [`${documentId} : ${found} fiche(s) dans le DMP simulé, ${wanted} d’après l’API`]),
      ...(positive === zamsOf(document, 'positif') && told.length - positive === zamsOf(document, 'négatif')
        ? []
        : [`${controlId} : ${told.length} ZAM chez l’émetteur, l’API en annonce un autre nombre`]),
    ];
  });
}

/** One document through the three places where it can be seen. */
async function followedLines(
  { api, simulator }: LiveStage,
  { place, ending: { controlId } }: Played,
  documents: readonly DocumentView[],
): Promise<string[]> {
  const document = documents.find((one) => one.controlId === controlId);
  if (!document) return [];
  const [entry] = await simulator.entries({ uniqueId: document.documentId });
  const [zam] = await simulator.zams({ originalControlId: controlId });
  return [
    '',
    `Un document suivi (${place.name}, message ${controlId}) :`,
    `  API        ${api.documentsUrl}/documents/${document.id}`,
    ...document.timeline.map(({ at, text }) => `             ${at.slice(11, 19)}  ${text}`),
    `  DMP simulé ${simulator.url}/dmp/entries?uniqueId=${document.documentId}`,
    ...(entry ? [`             « ${entry.title} », ${entry.size} octets, SHA-1 ${entry.hash}, ${entry.status}`] : []),
    `  ZAM        ${simulator.url}/zam?originalControlId=${controlId}`,
    ...(zam
      ? [`             ${zam.kind} ${zam.positive ? 'Y' : 'N'} remis à ${zam.application} (${zam.facility})`]
      : []),
  ];
}
