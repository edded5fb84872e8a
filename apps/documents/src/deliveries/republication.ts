import { deliveryCancelledV1, deliveryHeldV1, deliveryRequestedV1 } from '@pfi/contracts';
import { newEvent, type NewEvent } from '@pfi/platform-messaging';
import type { RepublicationPart } from '@pfi/platform-service';
import { ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import { recordedEvent } from '../intake/arrival-events.js';
import type { DocumentRepository } from '../persistence/document.repository.js';
import { referenceOf } from './judgement.js';
import type { DeliveryRecord, DocumentRecord } from './records.js';
import { withdrawnEvent } from './withdrawals.js';

/** The state that this service owns, for those who rebuild what they keep of it: each document, then its deliveries. */
export function documentsRepublication(ght: Ght, repository: DocumentRepository): readonly RepublicationPart[] {
  return [
    {
      owners: () => ght.file.legalEntities.map(({ finess }) => ownerOfLegalEntity(finess)),
      page: async (tx, owner, after, limit) => {
        const documents = await repository.page(tx, owner, after, limit);
        const deliveries = Map.groupBy(
          await repository.deliveriesOf(
            tx,
            documents.map(({ id }) => id),
          ),
          ({ documentId }) => documentId,
        );
        const events = documents.flatMap((document) => [
          recordedEvent(document),
          ...(document.withdrawnAt ? [withdrawnEvent(document)] : []),
          ...(deliveries.get(document.id) ?? []).flatMap((delivery) => stateEvent(document, delivery) ?? []),
        ]);
        const last = documents.at(-1);
        return {
          events: events.map((event) => ({ ...event, traceparent: undefined, replay: true })),
          next: last && documents.length === limit ? last.id : null,
        };
      },
    },
  ];
}

/** A delivery that was asked of a gateway is said as asked, whatever became of it: its gateway says the rest. */
function stateEvent(document: DocumentRecord, delivery: DeliveryRecord): NewEvent | undefined {
  const reference = referenceOf(document, delivery);
  const reasons = delivery.reasons.map(({ code }) => code);
  const { owner } = document;
  if (delivery.state === 'held') return newEvent(deliveryHeldV1, { ...reference, reasons }, { owner });
  if (delivery.request === 0) return undefined;
  if (delivery.state === 'cancelled' || delivery.state === 'not-applicable') {
    return newEvent(deliveryCancelledV1, { ...reference, reason: reasons[0] ?? 'CANCELLED' }, { owner });
  }
  const { request, operation } = delivery;
  return newEvent(deliveryRequestedV1, { ...reference, typeCode: document.typeCode, request, operation }, { owner });
}
