import { feedbackOfDmp, type DepositFeedback } from '@pfi/documents-core';
import type { Tx } from '@pfi/platform-postgres';
import type { DocumentRepository } from '../persistence/document.repository.js';
import type { Feedback } from '../feedback/feedback.js';
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
  /** Only of a deposit. */
  readonly reconciled?: boolean;
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
    const feedback: { document: DocumentRecord; feedback: DepositFeedback }[] = [];
    for (const work of works) {
      const told = new Map(byDocument.get(work.document.id)?.map((outcome) => [outcome.deliveryId, outcome]));
      const after = work.deliveries.map((delivery) => {
        const outcome = told.get(delivery.id);
        // What is in the DMP stays in the DMP: a later, weaker word about the same delivery changes nothing.
        if (!outcome || delivery.state === 'delivered') return delivery;
        const moved = withOutcome(delivery, outcome);
        deliveries.push(moved);
        timeline.push(timelineEntry(work.document, moved.at, `delivery-${moved.state}`, sentence(moved, outcome)));
        const answer = answerOf(outcome);
        if (moved.channel === 'dmp' && answer) feedback.push({ document: work.document, feedback: answer });
        return moved;
      });
      documents.push({
        ...work.document,
        state: stateOf(work.document, after),
      });
    }
    await this.repository.updateDeliveries(tx, deliveries);
    await this.repository.updateDocuments(tx, documents);
    await this.repository.insertTimeline(tx, timeline);
    await this.feedback.enqueue(tx, feedback);
  }
}

const withOutcome = (delivery: DeliveryRecord, outcome: Outcome): DeliveryRecord => ({
  ...delivery,
  state: outcome.kind,
  reasons: [],
  attempts: outcome.attempts,
  outcomeCode: outcome.outcomeCode,
  outcomeText: outcome.outcomeText,
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
    case 'delivered':
      return outcome.reconciled ? `${channel} : déposé (retrouvé après une réponse perdue).` : `${channel} : déposé.`;
    case 'refused':
      return `${channel} : refusé par le destinataire (${why}).`;
    case 'parked':
      return `${channel} : mis de côté, une action est nécessaire (${why}).`;
  }
}
