import { feedbackOfDmp, type DepositFeedback, type Receipt } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { Feedback, Told } from '../feedback/feedback.js';
import { channelLabel, stateOf, timelineEntry } from './judgement.js';
import type { DeliveryRecord, DocumentRecord, TimelineEntry } from './records.js';
import type { Settlement } from './settlement.js';

/** What a gateway said of one delivery. */
export interface Outcome {
  readonly kind: 'delivered' | 'refused' | 'parked';
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
        // What is in the DMP stays in the DMP: a later, weaker word about the same delivery changes nothing.
        if (!outcome || delivery.state === 'delivered' || isKnown(delivery, outcome)) return delivery;
        const moved = withOutcome(delivery, outcome);
        deliveries.push(moved);
        timeline.push(timelineEntry(work.document, moved.at, `delivery-${moved.state}`, sentence(moved, outcome)));
        const answer = answerOf(outcome);
        if (moved.channel === 'dmp' && answer)
          feedback.push({ document: work.document, delivery: moved, feedback: answer });
        return moved;
      });
      documents.push({
        ...work.document,
        state: stateOf(work.document, after),
      });
      // A later version, or a withdrawal, may have waited for this.
      if (work.versions.length > 0 || work.document.withdrawnAt) following.push(work.document.id);
    }
    await this.repository.updateDeliveries(tx, deliveries);
    await this.repository.updateDocuments(tx, documents);
    await this.repository.insertTimeline(tx, timeline);
    await this.feedback.enqueue(tx, feedback);
    await this.settlement.rejudge(tx, following, new Date());
  }
}

/**
 * Said again, an outcome only tells a delivery that still waits for one: anything else was told, and answered, the first time. What
 * was parked may have been asked for again since.
 */
const isKnown = (delivery: DeliveryRecord, { replay, kind }: Outcome): boolean =>
  replay === true && (delivery.state !== 'pending' || kind === 'parked');

const withOutcome = (delivery: DeliveryRecord, outcome: Outcome): DeliveryRecord => ({
  ...delivery,
  state: outcome.kind,
  reasons: [],
  attempts: outcome.attempts,
  outcomeCode: outcome.outcomeCode,
  outcomeText: outcome.outcomeText,
  receipt: outcome.receipt ?? delivery.receipt,
  at: new Date(outcome.at),
});

function answerOf(outcome: Outcome): DepositFeedback | undefined {
  if (outcome.kind === 'delivered') return { positive: true };
  if (outcome.kind === 'refused') return feedbackOfDmp(outcome.outcomeCode ?? 'UNKNOWN', outcome.outcomeText ?? '');
  return undefined;
}

function sentence(delivery: DeliveryRecord, outcome: Outcome): string {
  const channel = channelLabel(delivery);
  const why = [outcome.outcomeCode, outcome.outcomeText].filter(Boolean).join(' : ');
  switch (outcome.kind) {
    case 'delivered': {
      const done = { send: 'déposé', replace: 'déposé en remplacement', withdraw: 'retiré' }[delivery.operation];
      return `${channel} : ${done}${outcome.reconciled ? ' (retrouvé après une réponse perdue)' : ''}.`;
    }
    case 'refused':
      return `${channel} : refusé par le destinataire (${why}).`;
    case 'parked':
      return `${channel} : mis de côté, une action est nécessaire (${why}).`;
  }
}
