import { DeliveryRequests } from '@pfi/platform-go-ahead';
import type { JobQueue } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { SubmissionRepository } from '../persistence/submission.repository.js';

export const DEPOSIT_QUEUE = 'deposit';

/** Versions of one document go one after the other. */
export const depositRequests = (ght: Ght, repository: SubmissionRepository, jobs: JobQueue): DeliveryRequests<'dmp'> =>
  new DeliveryRequests({
    ...{ ght, repository, jobs },
    queue: DEPOSIT_QUEUE,
    channels: ['dmp'],
    orderingKey: ({ lineageId }) => lineageId,
  });
