import type { DeliveryView, DocumentView } from './player/index.js';
import type { Place } from './stories.js';

const columns = [
  ['documents', () => true],
  ['déposés', ({ state }) => state === 'delivered'],
  ['en attente', ({ state }) => state === 'held' || state === 'pending'],
  ['refusés', ({ state }) => state === 'refused'],
  ['mis de côté', ({ state }) => state === 'parked'],
  ['sans objet', ({ state }) => state === 'not-applicable'],
] as const satisfies readonly (readonly [string, (delivery: DeliveryView) => boolean])[];

/** The delivery to the DMP of a document. */
export function dmpOf(document: DocumentView): DeliveryView {
  const delivery = document.deliveries.find(({ channel }) => channel === 'dmp');
  if (!delivery) throw new Error(`le document ${document.id} n’a pas d’envoi au DMP`);
  return delivery;
}

/** Why a delivery is where it is: our reason, else the DMP's own code. */
export const codeOf = (delivery: DeliveryView): string => delivery.reasons[0]?.code ?? delivery.outcomeCode ?? '';

/** Business acknowledgements handed over, as the timeline tells them. */
export const zamsOf = (document: DocumentView, said: 'positif' | 'négatif'): number =>
  document.timeline.filter(({ event, text }) => event === 'feedback-sent' && text.includes(`(${said}`)).length;

/** The day in a table, every number from the documents as the API gives them. */
export function summaryLines(documents: readonly DocumentView[], places: readonly Place[]): string[] {
  const heads = [...columns.map(([head]) => head), 'ZAM Y', 'ZAM N'];
  const row = (name: string, rows: readonly DocumentView[]) => {
    const deliveries = rows.map(dmpOf);
    const counts = [
      ...columns.map(([, fits]) => deliveries.filter(fits).length),
      sum(rows.map((document) => zamsOf(document, 'positif'))),
      sum(rows.map((document) => zamsOf(document, 'négatif'))),
    ];
    return [name, ...counts.map(String)];
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
      [
        name.padEnd(26),
        ...cells.map((cell, index) => cell.padStart(Math.max(6, (heads[index] ?? '').length + 2))),
      ].join(''),
    ),
    '',
    `États des documents : ${tally(documents.map(({ state }) => state))}`,
    `En attente, par motif : ${tally(codes(documents, 'held'))}`,
    `Refusés, par code : ${tally(codes(documents, 'refused'))}`,
    `Mis de côté, par motif : ${tally(codes(documents, 'parked'))}`,
    `Sans objet, par motif : ${tally(codes(documents, 'not-applicable'))}`,
  ];
}

function codes(documents: readonly DocumentView[], state: string): string[] {
  return documents
    .map(dmpOf)
    .filter((delivery) => delivery.state === state)
    .map(codeOf);
}

function tally(values: readonly string[]): string {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => `${value} ${all.length}`);
  return counts.length === 0 ? 'aucun' : counts.sort().join(', ');
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
