import { z } from 'zod';

export const rateSchema = z.object({
  code: z.string(),
  label: z.string(),
  view: z.enum(['gross', 'net']),
  from: z.string(),
  to: z.string(),
  perimeter: z.string(),
  numerator: z.coerce.number(),
  denominator: z.coerce.number(),
  rate: z.number().nullable(),
  target: z.number().nullable(),
  reached: z.boolean().nullable(),
  definition: z.object({ version: z.string(), hash: z.string() }),
  settled: z.boolean(),
  at: z.string(),
});
export type Rate = z.output<typeof rateSchema>;

export const perimeterSchema = z.object({
  perimeter: z.string(),
  kind: z.enum(['ght', 'legal-entity', 'establishment']),
  name: z.string(),
});
export type Perimeter = z.output<typeof perimeterSchema>;

export const definitionsSchema = z.object({
  windows: z.array(z.object({ id: z.string(), from: z.string(), to: z.string() })),
});

export const verdictSchema = z.object({
  stay: z.string(),
  stayId: z.string(),
  establishment: z.string(),
  unit: z.string().nullable(),
  patientId: z.string(),
  patientClass: z.string(),
  admittedAt: z.string().nullable(),
  endedAt: z.string(),
  day: z.string(),
  counted: z.enum(['numerator', 'denominator', 'excluded']),
  reason: z.object({ code: z.string(), text: z.string() }),
  documents: z.array(
    z.object({ documentId: z.string(), typeCode: z.string(), version: z.number(), state: z.string() }),
  ),
});
export type Verdict = z.output<typeof verdictSchema>;

export const orphanSchema = z.object({
  documentId: z.string(),
  typeCode: z.string(),
  receivedAt: z.string(),
  establishment: z.string(),
  stay: z.object({ authority: z.string().nullable(), number: z.string() }).nullable(),
  reason: z.object({ code: z.string(), text: z.string() }),
});
