import type { DeliveryView, DocumentView } from './player/index.js';
import type { Channel, Ended, Ending, Place, Played, Story } from './stories/stage.js';

/** A story that was played somewhere. */
export type Scene = Played & { readonly place: Place; readonly story: Story };

const channels = [
  ['dmp', 'dmp'],
  ['pro', 'mss-pro'],
  ['patient', 'mss-patient'],
] as const satisfies readonly (readonly [keyof Ending, Channel])[];

/** Why a delivery is where it is: our reason, else the code of the answer. */
export const codeOf = (delivery: DeliveryView): string => delivery.reasons[0]?.code ?? delivery.outcomeCode ?? '';

/** What was asked to be sent; withdrawals are told apart. */
export const sendings = (document: DocumentView, channel: Channel): DeliveryView[] =>
  document.deliveries.filter((delivery) => delivery.channel === channel && delivery.operation !== 'withdraw');

export const withdrawals = (document: DocumentView): DeliveryView[] =>
  document.deliveries.filter((delivery) => delivery.operation === 'withdraw');

const fits = (delivery: DeliveryView, { state, code }: Ended): boolean =>
  delivery.state === state && (code === undefined || codeOf(delivery) === code);

/** Business acknowledgements that the sender must have got: every delivery of this kind tells once. */
export const expectedAnswers = (document: DocumentView) => {
  const answers = { Z01: { Y: 0, N: 0 }, Z02: { Y: 0, N: 0 } };
  for (const { channel, state } of document.deliveries) {
    const kind = channel === 'dmp' ? answers.Z01 : answers.Z02;
    if (state === 'delivered') kind.Y += 1;
    if (state === 'refused') kind.N += 1;
  }
  return answers;
};

export function isSettled(ending: Ending, document: DocumentView): boolean {
  const asWanted = channels.every(([key, channel]) => {
    const wanted = ending[key];
    return (
      !wanted || (sendings(document, channel).length > 0 && sendings(document, channel).every((d) => fits(d, wanted)))
    );
  });
  const told = document.timeline.filter(({ event }) => event === 'feedback-sent').length;
  const { Z01, Z02 } = expectedAnswers(document);
  const withdrawn = withdrawals(document);
  return (
    asWanted &&
    (!ending.withdrawn || (withdrawn.length > 0 && withdrawn.every(({ state }) => state === 'delivered'))) &&
    (document.source === 'dpi-rest' || told >= Z01.Y + Z01.N + Z02.Y + Z02.N)
  );
}

export function endingProblems(all: readonly Scene[], documents: readonly DocumentView[]): string[] {
  const byControlId = Map.groupBy(documents, ({ controlId }) => controlId);
  return all.flatMap(({ place, story, endings }) =>
    endings.flatMap((ending) => {
      const found = byControlId.get(ending.controlId) ?? [];
      const [document] = found;
      if (found.length === 1 && document && isSettled(ending, document)) return [];
      const is = document?.deliveries
        .map((d) => `${d.channel} ${d.operation ?? ''} ${d.state} ${codeOf(d)}`.trim())
        .join(', ');
      const wanted = channels.flatMap(([key, channel]) => {
        const ended = ending[key];
        return ended ? [`${channel} ${ended.state} ${ended.code ?? ''}`.trim()] : [];
      });
      return [
        `${place.name}, ${story.title} (${ending.controlId}) : ${found.length} document(s), ${is} ; attendu : ${wanted.join(', ')}`,
      ];
    }),
  );
}
