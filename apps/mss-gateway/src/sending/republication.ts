import type { RepublicationPart } from '@pfi/platform-service';
import { ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { Message, MessageRepository } from '../persistence/message.repository.js';
import { outcomeEvent, type Outcome } from './outcome-events.js';

/** The last outcome of each delivery, and that it was read, for those who rebuild what they keep of it. */
export function outcomesRepublication(ght: Ght, repository: MessageRepository): readonly RepublicationPart[] {
  return [
    {
      owners: () => ght.file.legalEntities.map(({ finess }) => ownerOfLegalEntity(finess)),
      page: async (tx, owner, after, limit) => {
        const ended = await repository.pageOfEnded(tx, owner, after, limit);
        const last = ended.at(-1);
        return { events: ended.flatMap(eventsOf), next: last && ended.length === limit ? last.deliveryId : null };
      },
    },
  ];
}

const eventsOf = (message: Message) => {
  const at = message.settledAt ?? message.sentAt ?? message.updatedAt;
  const { readAt } = message;
  return [
    outcomeEvent(message.state as Outcome, message, { at, replay: true }),
    ...(readAt ? [outcomeEvent('read', message, { at: readAt, replay: true })] : []),
  ];
};
