import type { DmpEntry, DocumentView, ReceivedMail, ReceivedZam } from '../../demo/player/index.js';
import type { Receipt } from '../traffic/hospital-line.js';
import type { ExpectedDocument, Story } from '../traffic/story.js';

/** What the stand-ins and the APIs have to say of one run. */
export interface Effects {
  readonly documents: readonly DocumentView[];
  readonly entries: readonly DmpEntry[];
  readonly mails: readonly ReceivedMail[];
  readonly zams: readonly ReceivedZam[];
  /** As `GET /ledger` says, once everything has come to its end. */
  readonly ledgerImbalance: number;
}

export interface Counts {
  readonly sent: number;
  readonly acknowledged: number;
  /** Visible entries of the DMP and mails. */
  readonly effects: number;
  /** Sendings beyond the first, and documents that came again. */
  readonly absorbed: number;
  readonly parked: number;
  /** Mails that came twice, announced as possible duplicates or not. */
  readonly mailCopies: number;
}

export interface Verdict {
  readonly counts: Counts;
  /** Empty: nothing lost, nothing twice, everything in order. */
  readonly problems: readonly string[];
}

export interface Tolerance {
  /** A mail may come twice under one Message-ID: whoever sent it died before it knew that it was taken (at least once, by design). */
  readonly mailTwice?: boolean;
}

/** Holds what was acknowledged against what came of it. */
export function judge(
  stories: readonly Story[],
  receipts: readonly Receipt[],
  effects: Effects,
  tolerance: Tolerance = {},
): Verdict {
  const restIds = new Map(
    receipts.flatMap((r) => (r.documentId ? [[r.message.controlId, r.documentId] as const] : [])),
  );
  const documents = stories.flatMap((story) => story.documents.map((document) => withId(document, restIds)));
  const entriesOf = Map.groupBy(effects.entries, ({ uniqueId }) => uniqueId);
  const viewsOf = Map.groupBy(effects.documents, ({ documentId }) => documentId);
  const mailsTo = Map.groupBy(effects.mails, ({ recipient }) => recipient.toLowerCase());
  const expectedMails = stories.flatMap(({ mails }) => mails);
  const visible = documents.flatMap(({ documentId }) => entriesOf.get(documentId) ?? []).filter(isVisible);
  const copies = expectedMails.flatMap(({ recipient }) => copiesAmong(mailsTo.get(recipient.toLowerCase()) ?? []));
  const problems = [
    ...receipts.flatMap(doorProblems),
    ...documents.flatMap((document) =>
      documentProblems(document, viewsOf.get(document.documentId) ?? [], entriesOf.get(document.documentId) ?? []),
    ),
    ...[...Map.groupBy(documents, ({ lineage }) => lineage).values()].flatMap((versions) =>
      orderProblems(versions, entriesOf),
    ),
    ...expectedMails.flatMap(({ recipient, least, most }) => {
      const distinct = new Set((mailsTo.get(recipient.toLowerCase()) ?? []).map(({ messageId }) => messageId)).size;
      if (distinct < least) return [`mail lost: ${distinct} of ${least} came to one mailbox`];
      return distinct > most ? [`mail duplicated: ${distinct} different mails came to one mailbox`] : [];
    }),
    ...(copies.length > 0 && !tolerance.mailTwice ? [`${copies.length} mails came twice`] : []),
    ...copies.filter((copy) => copy > 2).map((copy) => `a mail came ${copy} times`),
    ...answerProblems(effects.zams),
    ...(effects.ledgerImbalance === 0 ? [] : [`ledger imbalance ${effects.ledgerImbalance}`]),
  ];
  return {
    counts: {
      sent: receipts.length,
      acknowledged: receipts.filter(({ acknowledged }) => acknowledged).length,
      effects:
        visible.length + expectedMails.flatMap(({ recipient }) => mailsTo.get(recipient.toLowerCase()) ?? []).length,
      absorbed:
        receipts.reduce((sum, { sendings }) => sum + sendings - 1, 0) +
        stories.filter(({ kind }) => kind === 'repeated').length,
      parked: effects.documents.filter(({ state }) => state === 'parked').length,
      mailCopies: copies.length,
    },
    problems,
  };
}

interface Known extends ExpectedDocument {
  readonly documentId: string;
}

const withId = (document: ExpectedDocument, restIds: ReadonlyMap<string, string>): Known => ({
  ...document,
  documentId: document.documentId ?? restIds.get(document.controlId) ?? `unknown id of ${document.controlId}`,
});

const isVisible = ({ status }: DmpEntry): boolean => status === 'Approved';

function doorProblems({ message, acknowledged, answers, refusal }: Receipt): string[] {
  if (!acknowledged) return [`never acknowledged (${refusal}): ${message.door} ${message.controlId}`];
  const different = new Set(answers.map((answer) => answer.toString('latin1'))).size;
  return different > 1 ? [`${different} different acknowledgements of ${message.controlId}`] : [];
}

function documentProblems(document: Known, views: readonly DocumentView[], entries: readonly DmpEntry[]): string[] {
  const { controlId, end, matricule, documentId } = document;
  const name = `${documentId} (message ${controlId})`;
  if (views.length === 0) return [`lost: ${name} was acknowledged and is not known`];
  if (views.length > 1) return [`duplicate: ${views.length} documents for ${name}`];
  const [view] = views as [DocumentView];
  const seen = entries.filter(isVisible);
  const state = `${view.state} ${view.deliveries.map((d) => `${d.channel} ${d.state} ${d.outcomeCode ?? d.reasons[0]?.code ?? ''}`).join(', ')}`;
  const twice = entries.length > 1 ? [`duplicate: ${entries.length} entries in the DMP for ${name}`] : [];
  if (end === 'parked') return [...twice, ...(view.state === 'parked' ? [] : [`not parked: ${name}: ${state}`])];
  if (view.state === 'parked') twice.push(`parked: ${name}: ${state}`);
  if (end === 'gone') return [...twice, ...(seen.length > 0 ? [`still visible in the DMP: ${name}: ${state}`] : [])];
  if (seen.length === 0) return [...twice, `lost: ${name} is not in the DMP: ${state}`];
  const wrong = seen.filter(({ patientId }) => !patientId.startsWith(`${matricule}^`));
  return [...twice, ...(wrong.length > 0 ? [`under another patient: ${name}`] : [])];
}

/** Entries of one lineage came in the order of their versions. */
function orderProblems(versions: readonly Known[], entriesOf: ReadonlyMap<string, readonly DmpEntry[]>): string[] {
  const came = [...versions]
    .sort((a, b) => a.version - b.version)
    .flatMap(({ documentId, version }) =>
      (entriesOf.get(documentId) ?? []).map(({ receivedAt }) => ({ version, receivedAt })),
    );
  const early = came.find(({ receivedAt }, at) => at > 0 && receivedAt < (came[at - 1]?.receivedAt ?? ''));
  return early ? [`order: version ${early.version} of a document came before an earlier one`] : [];
}

/** How often each mail came that came more than once. */
const copiesAmong = (mails: readonly ReceivedMail[]): number[] =>
  [...Map.groupBy(mails, ({ messageId }) => messageId).values()]
    .map(({ length }) => length)
    .filter((count) => count > 1);

/** A business acknowledgement may be repeated under its own id; another one about the same fact may not follow. */
function answerProblems(zams: readonly ReceivedZam[]): string[] {
  return [...Map.groupBy(zams, ({ originalControlId, kind }) => `${kind} ${originalControlId}`)].flatMap(
    ([what, of]) => {
      if (!what.includes('Z01')) return [];
      const distinct = new Set(of.map(({ controlId }) => controlId)).size;
      return distinct > 1 ? [`${distinct} different acknowledgements ${what}`] : [];
    },
  );
}
