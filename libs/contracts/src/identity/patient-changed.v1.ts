import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { topics } from '../topics.js';

export const identifierSchema = z.object({
  /** Canonical authority of the identity domain (GHT file), never an alias. */
  authority: z.string(),
  value: z.string(),
  type: z.string(),
});

export const traitsSchema = z.object({
  birthName: z.string(),
  /** All birth given names, separated by spaces. */
  birthGivenNames: z.string(),
  birthFirstGivenName: z.string().optional(),
  usedName: z.string().optional(),
  usedGivenName: z.string().optional(),
  /** YYYY-MM-DD */
  birthDate: z.string().optional(),
  sex: z.enum(['M', 'F', 'U']),
  /** INSEE COG code of the birth place. */
  birthPlace: z.string().optional(),
});

/** The whole state of a patient; the newest version wins. */
export const patientChangedV1 = defineEvent({
  type: 'identity.patient-changed.v1',
  topic: topics.identity,
  aggregate: (payload) => payload.patientId,
  schema: z.object({
    patientId: z.uuid(),
    domain: z.string(),
    version: z.int().positive(),
    identifiers: z.array(identifierSchema),
    /** Present whatever the status; may be used only when `status` is `qualifiee`. */
    ins: z.object({ matricule: z.string(), oid: z.string() }).nullable(),
    status: z.enum(['provisoire', 'recuperee', 'validee', 'qualifiee']),
    traits: traitsSchema,
    /** PID-32 holds FICT: counted nowhere (design D16). */
    fictitious: z.boolean(),
    /** ZFA-9: IO = opposed, INO = none, NA = not-collected, no ZFA = unknown. */
    dmpOpposition: z.enum(['opposed', 'none', 'not-collected', 'unknown']),
    /** PID-29/PID-30: YYYY-MM-DD when the day is known, `unknown-day` when only the death is. */
    deceasedOn: z.string().nullable().optional(),
    /** The survivor's id once this patient was merged away. */
    mergedInto: z.uuid().nullable(),
  }),
});
