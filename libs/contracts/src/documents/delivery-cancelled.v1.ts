import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';
import { deliveryReference } from './delivery.js';

/** A delivery that was requested must not be done any more. */
export const deliveryCancelledV1 = defineEvent({
  type: 'documents.delivery-cancelled.v1',
  topic: topics.documents,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({
    ...deliveryReference,
    reason: z.string(),
    /** False: it was announced as held and no gateway was ever asked. Absent = true. */
    asked: z.boolean().optional(),
  }),
});
