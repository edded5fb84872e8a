import { z } from 'zod';

/** `GET /internal/v1/requests-in-flight?channels=&after=`: what was asked of a gateway a while ago and has no outcome yet. */
export const inFlightPageSchema = z.object({
  items: z.array(z.object({ deliveryId: z.uuid(), request: z.int().positive(), owner: z.string() })),
  /** Value of `after` for the next page; null at the end. */
  next: z.uuid().nullable(),
});
export type InFlightPage = z.infer<typeof inFlightPageSchema>;

/** Why a request does not go on: never came, is not worked at, or ended without its outcome having come home. */
export const lostCode = z.enum(['REQUEST_UNKNOWN', 'WORK_MISSING', 'OUTCOME_MISSING']);
export type LostCode = z.infer<typeof lostCode>;

/** `POST /internal/v1/requests-in-flight`: what the gateway looked for, and what of it does not go on. */
export const inFlightReportSchema = z.strictObject({
  examined: z.array(z.uuid()).max(1_000),
  lost: z.array(z.strictObject({ deliveryId: z.uuid(), code: lostCode })).max(1_000),
});
export type InFlightReport = z.infer<typeof inFlightReportSchema>;
