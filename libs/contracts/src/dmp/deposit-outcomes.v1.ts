import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { deliveryOutcome } from '../documents/delivery.js';
import { topics } from '../topics.js';

/** The DMP has the document (its own positive answer, or ITI-18 found it). */
export const depositAcceptedV1 = defineEvent({
  type: 'dmp.deposit-accepted.v1',
  topic: topics.dmp,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({
    ...deliveryOutcome,
    /** XDSDocumentEntry.uniqueId, entryUUID (`urn:uuid:…`) and XDSSubmissionSet.uniqueId as deposited. */
    uniqueId: z.string(),
    entryUuid: z.string(),
    submissionSetId: z.string(),
    /** Found by ITI-18 after an answer was lost. */
    reconciled: z.boolean(),
  }),
});

/** The DMP no longer shows the document: deleted by TD3.3c, on a delivery whose operation is `withdraw`. */
export const withdrawalAcceptedV1 = defineEvent({
  type: 'dmp.withdrawal-accepted.v1',
  topic: topics.dmp,
  aggregate: (payload) => payload.lineageId,
  schema: z.object({ ...deliveryOutcome, uniqueId: z.string(), entryUuid: z.string() }),
});

/** A final business answer of the DMP (`DMPClosed`…): not tried again. Of a deposit or a withdrawal. */
export const depositRefusedV1 = defineEvent({
  type: 'dmp.deposit-refused.v1',
  topic: topics.dmp,
  aggregate: (payload) => payload.lineageId,
  schema: z.object(deliveryOutcome),
});

/** A person must act before the deposit or withdrawal can go on. */
export const depositParkedV1 = defineEvent({
  type: 'dmp.deposit-parked.v1',
  topic: topics.dmp,
  aggregate: (payload) => payload.lineageId,
  schema: z.object(deliveryOutcome),
});
