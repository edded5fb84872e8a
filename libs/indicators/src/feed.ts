import type { Feeding } from './definition.js';
import type { DocumentFacts, StayFacts } from './stay-facts.js';

/** A document that serves, or should serve, an indicator. */
export interface CountedDocument {
  readonly documentId: string;
  readonly typeCode: string;
  readonly version: number;
  readonly state: DocumentState;
}

export type DocumentState =
  'fed' | 'withdrawn' | 'replaced' | 'refused' | 'parked' | 'cancelled' | 'held' | 'pending' | 'not-asked';

/** What was done for an indicator on one stay. */
export interface Feed {
  /** When the stay was first served by something that still stands; null = it is not. */
  readonly at: Date | null;
  readonly documents: readonly CountedDocument[];
  /** What holds the most advanced document back: codes of reasons, or of the refusal. */
  readonly detail: string | null;
}

export function feedOf(feeding: Feeding, stay: StayFacts): Feed {
  return feeding.channel === 'dmp' ? dmpFeed(stay, feeding.documentTypes) : mailFeed(stay, feeding.countFrom);
}

type Judged = CountedDocument & { readonly at: Date | null; readonly detail: string | null };

/**
 * The DMP shows one version of a lineage, the newest that it accepted, until that one is withdrawn. A replaced version does not
 * count beside its successor, and the N1 and N3 of one content make one stay served, not two.
 */
function dmpFeed(stay: StayFacts, types: readonly string[]): Feed {
  const judged: Judged[] = [];
  for (const versions of Map.groupBy(stay.documents, ({ lineageId }) => lineageId).values()) {
    const withdrawn = highest(versions, 'withdrawn');
    const shown = highest(versions, 'accepted');
    const first = versions
      .filter(({ version }) => version > withdrawn)
      .flatMap((document) => acceptedAt(document) ?? [])
      .sort((a, b) => a.getTime() - b.getTime())[0];
    for (const document of versions) {
      if (document.stayId !== stay.stayId || !types.includes(document.typeCode)) continue;
      const { state, detail } = dmpState(document, { shown, withdrawn });
      judged.push({ ...named(document), state, detail, at: state === 'fed' ? (first ?? null) : null });
    }
  }
  return summed(judged);
}

function dmpState(
  document: DocumentFacts,
  lineage: { readonly shown: number; readonly withdrawn: number },
): Pick<Judged, 'state' | 'detail'> {
  if (document.version <= lineage.withdrawn && (has(document, 'accepted') || has(document, 'withdrawn')))
    return { state: 'withdrawn', detail: null };
  if (has(document, 'accepted')) return { state: document.version < lineage.shown ? 'replaced' : 'fed', detail: null };
  return unfinished(document, 'dmp');
}

const highest = (versions: readonly DocumentFacts[], kind: 'accepted' | 'withdrawn'): number =>
  Math.max(0, ...versions.filter((document) => has(document, kind)).map(({ version }) => version));

const has = (document: DocumentFacts, kind: 'accepted' | 'withdrawn'): boolean =>
  document.deliveries.some(({ outcome }) => outcome?.kind === kind);

const acceptedAt = ({ deliveries }: DocumentFacts): Date | undefined =>
  deliveries.find(({ outcome }) => outcome?.kind === 'accepted')?.outcome?.at;

/** A message to the patient counts from its sending on, until a notice says that it did not arrive. */
function mailFeed(stay: StayFacts, countFrom: 'sent' | 'delivered'): Feed {
  const kinds = countFrom === 'sent' ? ['sent', 'delivered', 'read'] : ['delivered', 'read'];
  const judged = stay.documents
    .filter(({ stayId }) => stayId === stay.stayId)
    .flatMap((document): Judged[] => {
      const mails = document.deliveries.filter(isPatientMail);
      if (mails.length === 0) return [];
      const arrived = mails
        .flatMap(({ outcome }) => (outcome && kinds.includes(outcome.kind) ? [outcome.at] : []))
        .sort((a, b) => a.getTime() - b.getTime())[0];
      return arrived
        ? [{ ...named(document), state: 'fed', detail: null, at: arrived }]
        : [{ ...named(document), ...unfinished(document, 'mss-patient'), at: null }];
    });
  return summed(judged);
}

const isPatientMail = ({ channel, operation }: DocumentFacts['deliveries'][number]): boolean =>
  channel === 'mss-patient' && operation !== 'withdraw';

function unfinished(document: DocumentFacts, channel: 'dmp' | 'mss-patient'): Pick<Judged, 'state' | 'detail'> {
  const deliveries = document.deliveries.filter(
    (one) => one.channel === channel && one.operation !== 'withdraw' && (one.request || one.outcome),
  );
  const outcome = deliveries.find((one) => one.outcome)?.outcome;
  if (outcome?.kind === 'refused' || outcome?.kind === 'bounced')
    return { state: 'refused', detail: outcome.status ?? outcome.code };
  if (outcome?.kind === 'parked') return { state: 'parked', detail: outcome.code };
  const request = deliveries.find((one) => one.request)?.request;
  if (request?.state === 'held') return { state: 'held', detail: request.reasons.join(', ') || null };
  if (request?.state === 'cancelled') return { state: 'cancelled', detail: request.reasons.join(', ') || null };
  return { state: deliveries.length > 0 ? 'pending' : 'not-asked', detail: null };
}

const named = ({ documentId, typeCode, version }: DocumentFacts) => ({ documentId, typeCode, version });

/** The nearest to being fed first: it is the one that explains the stay. */
const advance: readonly DocumentState[] = [
  'fed',
  'withdrawn',
  'refused',
  'parked',
  'held',
  'pending',
  'cancelled',
  'not-asked',
  'replaced',
];

function summed(judged: readonly Judged[]): Feed {
  const sorted = judged.toSorted(
    (a, b) =>
      advance.indexOf(a.state) - advance.indexOf(b.state) ||
      b.version - a.version ||
      (a.documentId < b.documentId ? -1 : 1),
  );
  const at = sorted.flatMap((one) => one.at ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
  return {
    at: at ?? null,
    documents: sorted.map(({ at: _at, detail: _detail, ...document }) => document),
    detail: sorted[0]?.detail ?? null,
  };
}
