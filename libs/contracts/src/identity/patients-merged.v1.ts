import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';

/** `retired` is now `survivor`. Follows the patient-changed of both; keyed by the survivor. */
export const patientsMergedV1 = defineEvent({
  type: 'identity.patients-merged.v1',
  topic: topics.identity,
  aggregate: (payload) => payload.survivor,
  schema: z.object({
    domain: z.string(),
    retired: z.uuid(),
    survivor: z.uuid(),
    retiredVersion: z.int().nonnegative(),
    survivorVersion: z.int().positive(),
  }),
});
