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
    /** Address of a mail's recipient. */
    recipient: z.string().min(3).toLowerCase(),
    rpps: z.string().length(11),
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

/** RFC 3463 */
const enhancedStatus = z.string().regex(/^[45]\.\d{1,3}\.\d{1,3}$/);

/** What `POST /faults` takes. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('delay'),
    target: z.enum(['dmp', 'insi', 'oidc', 'zam', 'mss', 'annuaire']),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('down'),
    target: z.enum(['dmp', 'insi', 'oidc', 'zam', 'mss', 'annuaire']),
    ...common,
  }),
  z.strictObject({ kind: z.literal('withhold'), target: z.enum(['zam', 'mss']), ...common }),
  z.strictObject({ kind: z.literal('busy'), target: z.literal('dmp'), ...common }),
  z.strictObject({ kind: z.literal('commit-then-drop'), target: z.enum(['dmp', 'mss']), ...common }),
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
    target: z.enum(['dmp', 'insi', 'oidc', 'annuaire']),
    code: z.coerce.number().int().min(400).max(599).default(503),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('unreadable'),
    target: z.literal('dmp'),
    /** What comes with a 200 in place of the registry's answer: `content-type` is a success under text/html, `truncated` half of one. */
    form: z.enum(['html', 'empty', 'truncated', 'content-type']),
    /** Whether the request is carried out nevertheless. */
    done: z.boolean().default(false),
    ...common,
  }),
  z.strictObject({ kind: z.literal('strip-starttls'), target: z.literal('mss'), ...common }),
  z.strictObject({
    kind: z.literal('smtp'),
    target: z.literal('mss'),
    /** The command, or the final dot, that is answered so. */
    stage: z.enum(['MAIL', 'RCPT', 'DATA', 'dot']),
    code: z.coerce.string().regex(/^[45]\d\d$/),
    status: enhancedStatus.optional(),
    context: z.string().default('Refus demandé au simulateur'),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('bounce'),
    target: z.literal('mss'),
    /** What the operator says that the recipient's server answered. */
    code: z.coerce
      .string()
      .regex(/^[45]\d\d$/)
      .default('550'),
    status: enhancedStatus.default('5.0.0'),
    context: z.string().default('Retour demandé au simulateur'),
    ...common,
  }),
]);

export type FaultSpec = z.output<typeof faultSchema>;
export type FaultTarget = FaultSpec['target'];
export type FaultKind = FaultSpec['kind'];
/** A fault that ends the request in its own way; a delay only slows it. */
export type Effect = Exclude<FaultSpec, { kind: 'delay' }>;
