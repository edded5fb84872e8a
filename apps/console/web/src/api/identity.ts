import { z } from 'zod';

const ins = z.object({ matricule: z.string().nullable(), oid: z.string().nullable(), status: z.string() });
const traits = z.object({
  birthName: z.string(),
  birthGivenNames: z.string(),
  birthFirstGivenName: z.string().optional(),
  usedName: z.string().optional(),
  usedGivenName: z.string().optional(),
  birthDate: z.string().optional(),
  sex: z.string(),
  birthPlace: z.string().optional(),
});
export type Traits = z.output<typeof traits>;

export const patientSchema = z.object({
  id: z.string(),
  domain: z.string(),
  version: z.number(),
  identifiers: z.array(z.object({ authority: z.string(), value: z.string(), type: z.string() })),
  ins,
  traits,
  fictitious: z.boolean(),
  dubious: z.boolean(),
  dmpOpposition: z.string().nullable(),
  deceasedOn: z.string().nullish(),
  mergedInto: z.string().nullable(),
});
export type Patient = z.output<typeof patientSchema>;

export const historySchema = z.object({
  version: z.number(),
  at: z.string(),
  event: z.string(),
  source: z.string(),
  changes: z.array(z.string()),
  state: z.object({ status: z.string(), mergedInto: z.string().nullable() }),
});

export const taskSchema = z.object({
  id: z.string(),
  domain: z.string(),
  code: z.string(),
  text: z.string(),
  patientId: z.string().nullable(),
  subject: z.string(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  closedBy: z.string().nullable(),
});
export type Task = z.output<typeof taskSchema>;

/** Birth name, first given name, used name: the order of the RNIV. */
export const fullName = ({ birthName, birthGivenNames, birthFirstGivenName, usedName }: Traits): string =>
  [birthName, birthFirstGivenName ?? birthGivenNames.split(' ')[0], usedName && `(${usedName})`]
    .filter(Boolean)
    .join(' ');
