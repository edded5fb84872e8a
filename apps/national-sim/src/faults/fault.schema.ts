import { z } from 'zod';

const match = z
  .strictObject({
    matricule: z.string().min(1),
    /** uniqueId of a document. */
    uniqueId: z.string().min(1),
    /** FINESS (with or without its prefix digit) in the VIHF or the client certificate, or CN of the certificate. */
    legalEntity: z.string().min(1),
    operation: z.enum(['iti-41', 'iti-18', 'update']),
    clientId: z.string().min(1),
    originalControlId: z.string().min(1),
  })
  .partial();

const common = {
  match: match.default({}),
  delayMs: z.int().min(0).max(600_000).default(0),
  /** Number of requests it applies to; unlimited when absent. */
  times: z.int().min(1).optional(),
  /** Milliseconds after which it is forgotten; never when absent. */
  forMs: z.int().min(1).optional(),
};

/** What `POST /faults` takes. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), target: z.enum(['dmp', 'insi', 'oidc', 'zam']), ...common }),
  z.strictObject({ kind: z.literal('down'), target: z.enum(['dmp', 'insi', 'oidc', 'zam']), ...common }),
  z.strictObject({ kind: z.literal('withhold'), target: z.literal('zam'), ...common }),
  z.strictObject({ kind: z.literal('busy'), target: z.literal('dmp'), ...common }),
  z.strictObject({ kind: z.literal('commit-then-drop'), target: z.literal('dmp'), ...common }),
  z.strictObject({
    kind: z.literal('refuse'),
    target: z.enum(['dmp', 'insi', 'zam']),
    /** Official code of the DMP, of a fault of INSi, or of the ZAM's refusal. */
    code: z.string().min(1).default('DMPClosed'),
    context: z.string().default('Refus demandé au simulateur'),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('http-status'),
    target: z.enum(['dmp', 'insi', 'oidc']),
    code: z.coerce.number().int().min(400).max(599).default(503),
    ...common,
  }),
]);

export type FaultSpec = z.output<typeof faultSchema>;
export type FaultTarget = FaultSpec['target'];
export type FaultKind = FaultSpec['kind'];
/** A fault that ends the request in its own way; a delay only slows it. */
export type Effect = Exclude<FaultSpec, { kind: 'delay' }>;
