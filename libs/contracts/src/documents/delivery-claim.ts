import { z } from 'zod';
import { traitsSchema } from '../identity/patient-changed.v1.js';

/** A coded value: code, OID (or scheme) of its system, label. */
export const codedSchema = z.object({ code: z.string(), system: z.string(), label: z.string() });

const personSchema = z.object({
  /** National id as the source gave it (`8` + RPPS, RPPS…), or the structure's internal id. */
  id: z.string(),
  family: z.string(),
  given: z.string(),
  /** `RPPS`, `IDNPS`, `ADELI`, `EI`… */
  idType: z.string(),
  /** OID of the assigning authority. */
  idAuthority: z.string(),
});

const organisationSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** `FINEJ`, `FINEG`, `IDNST`… */
  idType: z.string(),
});

const authorSchema = z.object({
  person: personSchema.nullable(),
  /** Name of the device, when no person signs. */
  device: z.string().nullable(),
  organisation: organisationSchema,
  /** TRE_A02-like profession/speciality (`G15_10/SM26`), when known. */
  speciality: codedSchema.nullable(),
});

/**
 * Answer 200 of `POST /internal/v1/deliveries/{id}/claim` on documents: everything that a gateway needs to send, as true at
 * this instant (design D9). 409 with code `DELIVERY_CANCELLED` or `DELIVERY_HELD` = do not send. Artefact bytes are at
 * `GET /internal/v1/contents/{sha256}?owner=…`. Times are XDS DTM in UTC (`YYYYMMDDhhmmss`).
 */
export const deliveryClaimSchema = z.object({
  deliveryId: z.uuid(),
  documentId: z.uuid(),
  lineageId: z.uuid(),
  legalEntity: z.string(),
  establishment: z.string(),
  channel: z.enum(['dmp', 'mss-pro', 'mss-patient']),
  identityVersion: z.int().positive(),
  artefact: z.object({ sha256: z.string(), mediaType: z.string() }),
  patient: z.object({
    matricule: z.string(),
    oid: z.string(),
    local: z.object({ value: z.string(), authorityOid: z.string() }).nullable(),
    traits: traitsSchema,
  }),
  document: z.object({
    /** CDA id, a pure OID. */
    uniqueId: z.string(),
    setId: z.string().nullable(),
    version: z.int().positive(),
    title: z.string(),
    type: codedSchema,
    class: codedSchema,
    format: codedSchema,
    confidentiality: z.array(codedSchema).min(1),
    eventCodes: z.array(codedSchema),
    languageCode: z.string(),
    creationTime: z.string(),
    serviceStartTime: z.string().nullable(),
    serviceStopTime: z.string().nullable(),
    facilityType: codedSchema,
    practiceSetting: codedSchema,
    authors: z.array(authorSchema).min(1),
    legalAuthenticator: personSchema.nullable(),
  }),
  submission: z.object({
    author: authorSchema,
    /** JDV_J59. */
    contentType: codedSchema,
    /** CONNEXION_SECRETE: the VIHF carries a confidentiality code. */
    secretConnection: z.boolean(),
  }),
});

export type DeliveryClaim = z.infer<typeof deliveryClaimSchema>;
