import { z } from 'zod';

/** Two-part punctuation stays with its word. */
const sentence = z.string().transform((text) => text.replaceAll(/ (?=[:;?!»])/g, '\u00a0'));
const reason = z.object({ code: z.string(), text: sentence });
export type Reason = z.output<typeof reason>;

const delivery = z.object({
  id: z.string(),
  channel: z.string(),
  form: z.string().nullable(),
  audience: z.string().nullable(),
  operation: z.string().default('send'),
  state: z.string(),
  reasons: z.array(reason),
  recipient: z.unknown(),
  attempts: z.number(),
  outcomeCode: z.string().nullable(),
  at: z.string(),
});
export type Delivery = z.output<typeof delivery>;

export const documentSchema = z.object({
  id: z.string(),
  documentId: z.string(),
  setId: z.string().nullable(),
  version: z.number(),
  replaces: z.unknown(),
  replacedBy: z.unknown(),
  typeCode: z.string(),
  title: z.string(),
  level: z.string(),
  source: z.string(),
  controlId: z.string(),
  patientId: z.string().nullable(),
  stay: z.unknown(),
  legalEntity: z.string(),
  establishment: z.string(),
  receivedAt: z.string(),
  effectiveAt: z.string().nullable(),
  state: z.string(),
  reasons: z.array(reason),
  deliveries: z.array(delivery),
  timeline: z.array(z.object({ at: z.string(), event: z.string(), text: sentence })),
});
export type Document = z.output<typeof documentSchema>;

/** Counted by the service, inside the scopes of the person. */
export const activitySchema = z.object({
  at: z.string(),
  receivedToday: z.number(),
  states: z.array(z.object({ state: z.string(), count: z.number() })),
  channels: z.array(z.object({ channel: z.string(), state: z.string(), count: z.number() })),
  waiting: z.array(
    z.object({
      state: z.enum(['held', 'parked']),
      code: z.string(),
      text: sentence,
      count: z.number(),
      oldest: z.string(),
    }),
  ),
});
export type Activity = z.output<typeof activitySchema>;

export const rejectSchema = z.object({
  id: z.string(),
  receivedAt: z.string(),
  source: z.string(),
  controlId: z.string(),
  messageType: z.string(),
  code: z.string(),
  text: z.string(),
  location: z.string().nullable(),
  size: z.number(),
});

const recipient = z.object({
  name: z.string().nullish(),
  address: z.string().nullish(),
  id: z.string().nullish(),
  kind: z.string().nullish(),
});

/** A recipient as a person reads it. */
export function recipientOf(delivery: Pick<Delivery, 'recipient' | 'channel' | 'audience'>): string {
  const { data } = recipient.safeParse(delivery.recipient);
  const told = [data?.name, data?.address ?? data?.id].filter(Boolean).join(' — ');
  if (told) return told;
  return delivery.channel === 'dmp' ? 'Dossier médical partagé' : 'Destinataire à préciser';
}

const stay = z.union([z.string(), z.object({ number: z.string() })]);

export function stayNumber(value: unknown): string | null {
  const { data } = stay.safeParse(value);
  return data === undefined ? null : typeof data === 'string' ? data : data.number;
}

const neighbour = z.union([z.string(), z.object({ id: z.string() })]);

/** Id of the version before or after. */
export function neighbourId(value: unknown): string | null {
  const { data } = neighbour.safeParse(value);
  return data === undefined ? null : typeof data === 'string' ? data : data.id;
}
