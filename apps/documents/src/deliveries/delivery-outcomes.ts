import {
  afterMailOutcome,
  feedbackOfDmp,
  feedbackOfMail,
  type DeliveryState,
  type MailOutcome,
  type Receipt,
  type SenderFeedback,
} from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { Feedback, Told } from '../feedback/feedback.js';
import { channelLabel, stateOf, timelineEntry } from './judgement.js';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from './records.js';
import type { Settlement } from './settlement.js';

/** What a gateway said of one delivery. */
export interface Outcome {
  /** Of a deposit: `delivered`, `refused` or `parked`. */
  readonly kind: MailOutcome;
  readonly deliveryId: string;
  readonly documentId: string;
  readonly attempts: number;
  readonly outcomeCode: string | null;
  readonly outcomeText: string | null;
  readonly at: string;
  /** Said again by a republication. */
  readonly replay?: boolean;
  /** Only of a deposit. */
  readonly reconciled?: boolean;
  /** What the destination gave back. */
  readonly receipt?: Receipt;
}

/** Brings outcomes home: delivery, document, timeline, and the business acknowledgement of the sender (design D15). */
export class DeliveryOutcomes {
  constructor(
    private readonly repository: DocumentRepository,
    private readonly settlement: Settlement,
    private readonly feedback: Feedback,
  ) {}

  async apply(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
    const byDocument = Map.groupBy(outcomes, (outcome) => outcome.documentId);
    const works = await this.settlement.load(tx, [...byDocument.keys()].sort());
    const deliveries: DeliveryRecord[] = [];
    const documents: DocumentRecord[] = [];
    const timeline: TimelineEntry[] = [];
    const feedback: Told[] = [];
    const following: string[] = [];
    for (const work of works) {
      if (!byDocument.has(work.document.id)) continue;
      const told = new Map(byDocument.get(work.document.id)?.map((outcome) => [outcome.deliveryId, outcome]));
      const after = work.deliveries.map((delivery) => {
        const outcome = told.get(delivery.id);
        if (!outcome || isKnown(delivery, outcome)) return delivery;
        const answer = answerOf(delivery, outcome);
        if (answer)
          feedback.push({ document: work.document, delivery, feedback: answer, read: outcome.kind === 'read' });
        const moved = withOutcome(delivery, outcome);
        if (moved === delivery) return delivery;
        deliveries.push(moved);
        const event = outcome.kind === 'read' ? 'delivery-read' : `delivery-${moved.state}`;
        timeline.push(timelineEntry(work.document, new Date(outcome.at), event, sentence(moved, outcome)));
        return moved;
      });
      const state = stateOf(work.document, after);
      if (state !== work.document.state) documents.push({ ...work.document, state });
      // A later version, or a withdrawal, may have waited for this.
      if (work.versions.length > 0 || work.document.withdrawnAt) following.push(work.document.id);
    }
    this.repository.updateDeliveries(tx, deliveries);
    this.repository.updateDocuments(tx, documents);
    this.repository.insertTimeline(tx, timeline);
    await this.feedback.enqueue(tx, feedback);
    await this.settlement.rejudge(tx, following, new Date());
  }
}

/**
 * Said again, an outcome only tells a delivery that still waits for one: anything else was told, and answered, the first time. What
 * was parked may have been asked for again since.
 */
const isKnown = (delivery: DeliveryRecord, { replay, kind }: Outcome): boolean =>
  replay === true && ((delivery.state !== 'pending' && delivery.state !== 'sent') || kind === 'parked');

/** The delivery itself when the outcome changes nothing. */
function withOutcome(delivery: DeliveryRecord, outcome: Outcome): DeliveryRecord {
  const state = stateAfter(delivery, outcome);
  if (outcome.kind === 'read') {
    if (delivery.receipt?.readAt) return delivery;
    const receipt = { ...delivery.receipt, ...outcome.receipt, readAt: outcome.at };
    return state === delivery.state ? { ...delivery, receipt } : { ...arrived(delivery, outcome, state), receipt };
  }
  return state === delivery.state && settled.has(state) ? delivery : arrived(delivery, outcome, state);
}

const settled: ReadonlySet<DeliveryState> = new Set(['sent', 'delivered', 'refused']);

const arrived = (delivery: DeliveryRecord, outcome: Outcome, state: DeliveryState): DeliveryRecord => ({
  ...delivery,
  state,
  reasons: [],
  attempts: outcome.attempts,
  outcomeCode: outcome.outcomeCode,
  outcomeText: outcome.outcomeText,
  receipt: outcome.receipt ? { ...delivery.receipt, ...outcome.receipt } : delivery.receipt,
  at: new Date(outcome.at),
});

/** What is in the DMP stays in the DMP: a later, weaker word about the same delivery changes nothing. */
function stateAfter({ channel, state }: DeliveryRecord, { kind }: Outcome): DeliveryState {
  if (channel !== 'dmp') return afterMailOutcome(state, kind);
  return state === 'delivered' ? state : afterMailOutcome('pending', kind);
}

/** What the sender may want to hear; said again, it is the same message (design D15). */
function answerOf({ channel, state }: DeliveryRecord, outcome: Outcome): SenderFeedback | undefined {
  const code = outcome.outcomeCode ?? 'UNKNOWN';
  const text = outcome.outcomeText ?? '';
  switch (outcome.kind) {
    case 'read':
      return { positive: true };
    case 'delivered':
      return state === 'refused' && channel !== 'dmp' ? undefined : { positive: true };
    case 'bounced':
      return feedbackOfMail(code, text);
    case 'refused':
      if (state === 'delivered') return undefined;
      return channel === 'dmp' ? feedbackOfDmp(code, text) : feedbackOfMail(code, text);
    default:
      return undefined;
  }
}

function sentence(delivery: DeliveryRecord, { kind, outcomeCode, outcomeText, reconciled }: Outcome): string {
  const channel = channelLabel(delivery);
  const why = [outcomeCode, outcomeText].filter(Boolean).join(' : ');
  switch (kind) {
    case 'sent':
      return `${channel} : ${mailed[delivery.operation]} accepté par l’opérateur, en attente de l’avis de remise.`;
    case 'delivered': {
      if (delivery.channel !== 'dmp')
        return `${channel} : ${mailed[delivery.operation]} remis dans la boîte du destinataire.`;
      const done = { send: 'déposé', replace: 'déposé en remplacement', withdraw: 'retiré' }[delivery.operation];
      return `${channel} : ${done}${reconciled ? ' (retrouvé après une réponse perdue)' : ''}.`;
    }
    case 'refused':
      return `${channel} : refusé par le destinataire (${why}).`;
    case 'bounced':
      return `${channel} : courriel revenu, non remis au destinataire (${why}).`;
    case 'read':
      return `${channel} : courriel ouvert par le destinataire (accusé de lecture).`;
    case 'parked':
      return `${channel} : mis de côté, une action est nécessaire (${why}).`;
  }
}

const mailed = {
  send: 'courriel',
  replace: 'courriel « annule et remplace »',
  withdraw: 'courriel de retrait',
} as const;
