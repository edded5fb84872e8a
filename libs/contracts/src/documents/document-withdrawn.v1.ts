import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';

/** The source withdrew a document; what already left is withdrawn by deliveries of their own. */
export const documentWithdrawnV1 = defineEvent({
  type: 'documents.document-withdrawn.v1',
  topic: topics.documents,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({
    documentId: z.uuid(),
    lineageId: z.uuid(),
    legalEntity: z.string(),
    establishment: z.string(),
    source: z.string(),
    /** ISO 8601 instant. */
    at: z.string(),
  }),
});
