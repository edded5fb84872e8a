import { z } from 'zod';

/** What names a delivery in every event about it. */
export const deliveryReference = {
  deliveryId: z.uuid(),
  documentId: z.uuid(),
  lineageId: z.uuid(),
  legalEntity: z.string(),
  establishment: z.string(),
  channel: z.enum(['dmp', 'mss-pro', 'mss-patient']),
  form: z.enum(['cda-n1', 'cda-n3', 'pdf']),
  audience: z.enum(['professional', 'patient']),
} as const;

/** What a gateway has to do: send, send in place of an earlier version that left, or withdraw what left. */
export const deliveryOperation = z.enum(['send', 'replace', 'withdraw']);
export type DeliveryOperation = z.infer<typeof deliveryOperation>;

/** What every outcome of a gateway says. */
export const deliveryOutcome = {
  deliveryId: z.uuid(),
  documentId: z.uuid(),
  lineageId: z.uuid(),
  /** Tries of this delivery so far, the present one included. */
  attempts: z.int().nonnegative(),
  /** Official code as received (`DMPClosed`, `XDSDuplicateUniqueIdInRegistry`…), or ours; null on success. */
  outcomeCode: z.string().nullable(),
  /** Text of the answer, for the timeline and ERR-5. */
  outcomeText: z.string().nullable(),
  /** ISO 8601 instant of the answer. */
  at: z.string(),
} as const;
