import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';

/** A document was accepted and its bytes are committed. */
export const documentRecordedV1 = defineEvent({
  type: 'documents.document-recorded.v1',
  topic: topics.documents,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({
    documentId: z.uuid(),
    lineageId: z.uuid(),
    version: z.int().positive(),
    legalEntity: z.string(),
    establishment: z.string(),
    source: z.string(),
    typeCode: z.string(),
    level: z.enum(['N1', 'N3']),
    patientId: z.uuid().nullable(),
    stay: z.object({ authority: z.string(), number: z.string() }).nullable(),
    /** ISO 8601 instants. */
    effectiveAt: z.string().nullable(),
    receivedAt: z.string(),
  }),
});
