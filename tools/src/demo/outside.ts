import { expectedAnswers, sendings, withdrawals } from './endings.js';
import type { LiveStage } from './live-stage.js';
import type { DocumentView } from './player/index.js';

/** What the API tells against what came to the DMP, the mail operator and the senders, by the simulator's own lists. */
export async function outsideProblems({ simulator }: LiveStage, documents: readonly DocumentView[]): Promise<string[]> {
  const [entries, mails, zams] = await Promise.all([simulator.entries(), simulator.mails(), simulator.zams()]);
  const entriesOf = Map.groupBy(entries, ({ uniqueId }) => uniqueId);
  const mailsOf = Map.groupBy(mails, ({ messageId }) => /^<([^@]+)@/.exec(messageId)?.[1] ?? messageId);
  const zamsFor = Map.groupBy(zams, ({ originalControlId }) => originalControlId);
  return documents.flatMap((document) => [
    ...entryProblems(document, entriesOf.get(document.documentId) ?? []),
    ...document.deliveries.flatMap((delivery) => {
      if (delivery.channel === 'dmp' || delivery.state !== 'delivered') return [];
      const came = mailsOf.get(delivery.id) ?? [];
      const findings = came.flatMap((mail) => mail.findings);
      return [
        ...(came.length === 1 ? [] : [`envoi ${delivery.id} : ${came.length} courriel(s) chez l’opérateur, 1 attendu`]),
        ...findings.map((finding) => `envoi ${delivery.id} : l’opérateur a constaté « ${finding} »`),
      ];
    }),
    ...answerProblems(document, zamsFor.get(document.controlId) ?? []),
  ]);
}

/** Each deposit has one entry; it is visible unless it was replaced or withdrawn. */
function entryProblems(document: DocumentView, found: readonly { readonly status: string }[]): string[] {
  const deposited = sendings(document, 'dmp').filter(({ state }) => state === 'delivered').length;
  const visible = found.filter(({ status }) => status === 'Approved').length;
  const gone = withdrawals(document).some(({ channel, state }) => channel === 'dmp' && state === 'delivered');
  const replaced = typeof document.replacedBy === 'string';
  if (found.length !== deposited)
    return [`${document.documentId} : ${found.length} fiche(s) dans le DMP simulé, ${deposited} d’après l’API`];
  return visible === (deposited > 0 && !gone && !replaced ? 1 : 0)
    ? []
    : [`${document.documentId} : ${visible} fiche(s) visible(s) dans le DMP simulé`];
}

function answerProblems(
  document: DocumentView,
  zams: readonly { readonly kind: string; readonly positive: boolean }[],
): string[] {
  if (document.source === 'dpi-rest' || document.deliveries.some(({ operation }) => operation === 'withdraw'))
    return [];
  const expected = expectedAnswers(document);
  return (['Z01', 'Z02'] as const).flatMap((kind) => {
    const came = zams.filter((zam) => zam.kind === kind);
    const positive = came.filter((zam) => zam.positive).length;
    const { Y, N } = expected[kind];
    if (positive === Y && came.length - positive >= N) return [];
    return [
      `${document.controlId} : ${kind} ${positive} Y et ${came.length - positive} N chez l’émetteur ; attendu ${Y} et ${N}`,
    ];
  });
}
