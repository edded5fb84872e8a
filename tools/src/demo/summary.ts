import { codeOf, sendings, type Scene } from './endings.js';
import type { LiveStage } from './live-stage.js';
import type { DeliveryView, DocumentView } from './player/index.js';
import type { Channel, Place } from './stories/stage.js';

const columns = [
  ['déposés', 'dmp', ['delivered']],
  ['courriels pro', 'mss-pro', ['sent', 'delivered']],
  ['courriels patient', 'mss-patient', ['sent', 'delivered']],
] as const satisfies readonly (readonly [string, Channel, readonly string[]])[];

const states = [
  ['en attente', ['held', 'pending']],
  ['refusés', ['refused']],
  ['mis de côté', ['parked']],
  ['annulés', ['cancelled']],
] as const satisfies readonly (readonly [string, readonly string[]])[];

/** The day in a table, every number from the documents as the API gives them. */
export function summaryLines(documents: readonly DocumentView[], places: readonly Place[]): string[] {
  const heads = ['documents', ...columns.map(([head]) => head), ...states.map(([head]) => head)];
  const row = (name: string, rows: readonly DocumentView[]) => {
    const deliveries = rows.flatMap((document) => document.deliveries);
    return [
      name,
      rows.length,
      ...columns.map(
        ([, channel, done]) =>
          rows.flatMap((document) => sendings(document, channel)).filter(({ state }) => among(done, state)).length,
      ),
      ...states.map(([, fits]) => deliveries.filter(({ state }) => among(fits, state)).length),
    ].map(String);
  };
  const table = [
    ['', ...heads],
    ...places.map(({ name, establishment }) =>
      row(
        name,
        documents.filter((one) => one.establishment === establishment),
      ),
    ),
    row('Total', documents),
  ];
  return [
    ...table.map(([name = '', ...cells]) =>
      [name.padEnd(26), ...cells.map((cell, at) => cell.padStart(Math.max(6, (heads[at] ?? '').length + 2)))].join(''),
    ),
    '',
    `États des documents : ${tally(documents.map(({ state }) => state))}`,
    `En attente, par motif : ${tally(codes(documents, 'held'))}`,
    `Refusés, par code : ${tally(codes(documents, 'refused'))}`,
    `Mis de côté, par motif : ${tally(codes(documents, 'parked'))}`,
    `Annulés, par motif : ${tally(codes(documents, 'cancelled'))}`,
    `Sans objet, par motif : ${tally(codes(documents, 'not-applicable').filter((code) => code !== 'NOT_REQUESTED'))}`,
  ];
}

const among = (wanted: readonly string[], state: string): boolean => wanted.includes(state);

const codes = (documents: readonly DocumentView[], state: string): string[] =>
  documents
    .flatMap((document): readonly DeliveryView[] => document.deliveries)
    .filter((delivery) => delivery.state === state)
    .map(codeOf);

function tally(values: readonly string[]): string {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => `${value} ${all.length}`);
  return counts.length === 0 ? 'aucun' : counts.sort().join(', ');
}

/** One document through the places where it can be seen. */
export async function followedLines(
  { api, simulator }: LiveStage,
  { place, endings }: Scene,
  documents: readonly DocumentView[],
): Promise<string[]> {
  const document = documents.find(({ controlId }) => controlId === endings[0]?.controlId);
  if (!document) return [];
  const { controlId, documentId, id } = document;
  const [[entry], zams] = await Promise.all([
    simulator.entries({ uniqueId: documentId }),
    simulator.zams({ originalControlId: controlId }),
  ]);
  return [
    '',
    `Un document suivi (${place.name}, message ${controlId}) :`,
    `  API        ${api.documentsUrl}/documents/${id}`,
    ...document.timeline.map(({ at, text }) => `             ${at.slice(11, 19)}  ${text}`),
    `  DMP simulé ${simulator.url}/dmp/entries?uniqueId=${documentId}`,
    ...(entry ? [`             « ${entry.title} », ${entry.size} octets, SHA-1 ${entry.hash}, ${entry.status}`] : []),
    `  ZAM        ${simulator.url}/zam?originalControlId=${controlId}`,
    ...zams.map(
      ({ kind, positive, application }) => `             ${kind} ${positive ? 'Y' : 'N'} remis à ${application}`,
    ),
  ];
}
