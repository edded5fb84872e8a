import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { identifierSchema, traitsSchema } from '../identity/patient-changed.v1.js';
import { topics } from '../topics.js';

/** A source that may vouch sent a document with a qualified INS (design D7). */
export const identityVouchedV1 = defineEvent({
  type: 'documents.identity-vouched.v1',
  topic: topics.documents,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({
    lineageId: z.uuid(),
    documentId: z.uuid(),
    domain: z.string(),
    source: z.string(),
    ins: z.object({ matricule: z.string(), oid: z.string() }),
    traits: traitsSchema,
    identifiers: z.array(identifierSchema),
    fictitious: z.boolean(),
  }),
});
