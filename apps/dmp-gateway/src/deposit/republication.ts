import type { RepublicationPart } from '@pfi/platform-service';
import { ownerOfLegalEntity, type Ght } from '@pfi/platform-settings';
import type { Submission, SubmissionRepository } from '../persistence/submission.repository.js';
import { outcomeEvent, type FinalOutcome } from './outcome-events.js';

/** The last outcome of each delivery, for those who rebuild what they keep of it. */
export function outcomesRepublication(ght: Ght, repository: SubmissionRepository): readonly RepublicationPart[] {
  return [
    {
      owners: () => ght.file.legalEntities.map(({ finess }) => ownerOfLegalEntity(finess)),
      page: async (tx, owner, after, limit) => {
        const ended = await repository.pageOfEnded(tx, owner, after, limit);
        const last = ended.at(-1);
        return {
          events: ended.map((submission) => ({
            ...outcomeEvent(submission, endOf(submission), undefined, submission.updatedAt),
            replay: true,
          })),
          next: last && ended.length === limit ? last.deliveryId : null,
        };
      },
    },
  ];
}

function endOf({ state, entryUuid, reconciled, outcomeCode, outcomeText, inDoubt }: Submission): FinalOutcome {
  if (state === 'accepted') return { kind: 'accepted', entryUuid, reconciled };
  const said = { code: outcomeCode ?? '', text: outcomeText ?? '' };
  return state === 'refused' ? { kind: 'refused', ...said } : { kind: 'parked', ...said, inDoubt };
}
