import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';

/** The whole state of a stay; the newest version wins. Keyed by the stay id. */
export const stayChangedV1 = defineEvent({
  type: 'identity.stay-changed.v1',
  topic: topics.identity,
  aggregate: (payload) => payload.stayId,
  schema: z.object({
    stayId: z.uuid(),
    version: z.int().positive(),
    patientId: z.uuid(),
    /** Canonical authority and number of PV1-19, else of PID-18. */
    authority: z.string(),
    number: z.string(),
    /** FINESS EJ and EG. */
    legalEntity: z.string(),
    establishment: z.string(),
    unit: z.string().nullable(),
    /** PV1-2. */
    patientClass: z.string(),
    state: z.enum(['pre-admitted', 'open', 'ended', 'cancelled']),
    /** ISO 8601 instants. */
    admittedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    /** First seen by a movement, not by an admission. */
    reconstituted: z.boolean(),
    /** The patient died during the stay (discharge disposition, or death date inside it). */
    endedByDeath: z.boolean().optional(),
  }),
});
