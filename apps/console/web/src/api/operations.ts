import { z } from 'zod';

export const destinationSchema = z.object({
  destination: z.string(),
  owner: z.string(),
  state: z.string(),
  openedAt: z.string().nullable(),
  nextProbeAt: z.string().nullable(),
  failures: z.number(),
  remembered: z.number(),
});

export const parkedEventSchema = z.object({
  id: z.string(),
  owner: z.string(),
  topic: z.string(),
  type: z.string().nullable(),
  code: z.string(),
  textFr: z.string(),
  attempts: z.number(),
  parkedAt: z.string(),
});

export const replaySchema = z.object({ replayed: z.number(), stillParked: z.number() });

export const mailboxSchema = z.looseObject({
  address: z.string(),
  legalEntity: z.string().optional(),
});

/** Who read or did what, as a service's own trail says. */
export const accessSchema = z.object({
  id: z.string(),
  at: z.string(),
  subject: z.string(),
  machine: z.boolean(),
  action: z.string(),
  patients: z.array(z.string()),
  documents: z.array(z.string()),
  outcome: z.string(),
});
