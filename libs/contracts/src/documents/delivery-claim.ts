import { z } from 'zod';
import { traitsSchema } from '../identity/patient-changed.v1.js';
import { deliveryOperation } from './delivery.js';

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

const claimBase = {
  deliveryId: z.uuid(),
  documentId: z.uuid(),
  lineageId: z.uuid(),
  legalEntity: z.string(),
  establishment: z.string(),
  operation: deliveryOperation,
  /** The CDA. Bytes at `GET /internal/v1/contents/{sha256}?owner=…`. */
  artefact: z.object({ sha256: z.string(), mediaType: z.string() }),
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
} as const;

const localIdentifierSchema = z.object({ value: z.string(), authorityOid: z.string() });

/** What a deposit, a replacement or a deletion in the DMP needs. */
export const dmpClaimSchema = z.object({
  ...claimBase,
  channel: z.literal('dmp'),
  identityVersion: z.int().positive(),
  patient: z.object({
    matricule: z.string(),
    oid: z.string(),
    local: localIdentifierSchema.nullable(),
    traits: traitsSchema,
  }),
  /**
   * `replace`: the entry that this document takes the place of. `withdraw`: the entry to delete. Null for `send`.
   * `entryUuid` is null when the entry was found to exist without its id being kept: ITI-18 by `uniqueId` finds it.
   */
  predecessor: z.object({ uniqueId: z.string(), entryUuid: z.string().nullable() }).nullable(),
});

/** What a mail needs. Addresses and bodies as the source said them. */
export const mailClaimSchema = z.object({
  ...claimBase,
  channel: z.enum(['mss-pro', 'mss-patient']),
  identityVersion: z.int().positive().nullable(),
  /** The PDF attached beside the archive; null for `withdraw`. */
  pdf: z.object({ sha256: z.string() }).nullable(),
  patient: z.object({
    /** Present together, and only for a qualified INS; always present for the patient's own mail. */
    matricule: z.string().nullable(),
    oid: z.string().nullable(),
    local: localIdentifierSchema.nullable(),
    traits: traitsSchema,
  }),
  recipient: z.object({
    kind: z.enum(['professional', 'structure', 'patient']),
    /** RPPS (`8` + RPPS or RPPS) or structure id, as the source gave it. */
    id: z.string().nullable(),
    name: z.string().nullable(),
    /** Null: the gateway asks the Annuaire Santé by `id`; for a patient it is built from the INS, never taken from here. */
    address: z.string().nullable(),
  }),
  mail: z.object({
    /** CORPSMAIL_PS or CORPSMAIL_PATIENT; null = the group's template. */
    body: z.string().nullable(),
    replyTo: z.string().nullable(),
    /** False = `X-MSS-MES: FIN`. */
    replyAllowed: z.boolean(),
    /** The source wants ZAM Z03. */
    readNotice: z.boolean(),
  }),
  /** `replace` and `withdraw`: the mail that left before for the same recipient. */
  predecessor: z.object({ uniqueId: z.string(), messageId: z.string() }).nullable(),
});

/**
 * Answer 200 of `POST /internal/v1/deliveries/{id}/claim` on documents: everything that a gateway needs to send, as true at
 * this instant (design D9). 409 with code `DELIVERY_CANCELLED` or `DELIVERY_HELD` = do not send. Times are XDS DTM in UTC
 * (`YYYYMMDDhhmmss`).
 */
export const deliveryClaimSchema = z.discriminatedUnion('channel', [dmpClaimSchema, mailClaimSchema]);

export type DmpClaim = z.infer<typeof dmpClaimSchema>;
export type MailClaim = z.infer<typeof mailClaimSchema>;
export type DeliveryClaim = z.infer<typeof deliveryClaimSchema>;
