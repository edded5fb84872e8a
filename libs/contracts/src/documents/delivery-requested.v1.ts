import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';
import { deliveryOperation, deliveryReference } from './delivery.js';

/** A gateway has this delivery to do; it asks for the artefact when it claims (design D9). */
export const deliveryRequestedV1 = defineEvent({
  type: 'documents.delivery-requested.v1',
  topic: topics.documents,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({
    ...deliveryReference,
    typeCode: z.string(),
    /** Rises when a person replays the delivery; a repeat with the same number is the same request. */
    request: z.int().positive(),
    /** Absent = send. */
    operation: deliveryOperation.optional(),
  }),
});
