import { DeliveryRequests } from '@pfi/platform-go-ahead';
import type { JobQueue } from '@pfi/platform-postgres';
import type { Ght } from '@pfi/platform-settings';
import type { MailChannel, MessageRepository } from '../persistence/message.repository.js';

export const MAIL_QUEUE = 'mail';

/** Not by lineage: one recipient who is greylisted must not hold back the others. */
export const mailRequests = (ght: Ght, repository: MessageRepository, jobs: JobQueue): DeliveryRequests<MailChannel> =>
  new DeliveryRequests({
    ...{ ght, repository, jobs },
    queue: MAIL_QUEUE,
    channels: ['mss-pro', 'mss-patient'],
    orderingKey: ({ deliveryId }) => deliveryId,
  });
