import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';
import { deliveryReference } from './delivery.js';

/** A delivery waits, with the codes of its reasons. */
export const deliveryHeldV1 = defineEvent({
  type: 'documents.delivery-held.v1',
  topic: topics.documents,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({ ...deliveryReference, reasons: z.array(z.string()) }),
});
