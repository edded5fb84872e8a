import { z } from 'zod';
import {
  channelsSchema,
  circuitBreakerSchema,
  delaysSchema,
  dmpSchema,
  retentionSchema,
} from './process-settings.schema.js';
import { contentsSchema } from './contents.schema.js';
import { deathsSchema, indicatorsSchema } from './indicators.schema.js';
import { insiSchema } from './insi.schema.js';
import { mailboxSchema, mssSchema } from './messaging.schema.js';
import { documentTypeOverrideSchema, routingSchema } from './routing.schema.js';
import { day, finess, key, label, oid, port } from './scalars.js';

/**
 * How an assigning authority is written by a sender (HL7 HD: namespace, universal id). `oid` is an ISO universal id;
 * `universalId` any other (a FINESS with type N, M or L).
 */
const authoritySchema = z
  .strictObject({ name: label.optional(), oid: oid.optional(), universalId: label.optional() })
  .refine((authority) => authority.name ?? authority.oid ?? authority.universalId, {
    error: 'indiquez name, oid ou universalId',
  });

const identityDomainSchema = z.strictObject({
  key,
  label,
  authority: z.strictObject({ name: label, oid }),
  aliases: z.array(authoritySchema).default([]),
  /** Who decides on an identity: the source applications, or the platform. */
  identityAuthority: z.enum(['source', 'pfi'], { error: 'source ou pfi attendu' }).default('source'),
  /** Where the sources decide: is the INSi teleservice asked, its answers being proposals to the identity cell? */
  insi: z.enum(['off', 'proposals'], { error: 'off ou proposals attendu' }).default('off'),
});

const establishmentSchema = z.strictObject({ finess, name: label });

const legalEntitySchema = z.strictObject({
  finess,
  name: label,
  domain: key,
  /** Root of the OIDs generated for this entity; without it, `2.25.<uuid>`. */
  oidRoot: oid.optional(),
  /** JDV_J02 (SA01 public hospital…): Secteur_Activite of the VIHF. */
  activitySector: label.regex(/^SA\d{2}$/, { error: 'secteur d’activité attendu, par exemple SA01' }).default('SA01'),
  /** Names of folders of PFI_SECRETS_DIR, each holding `tls.crt` and `tls.key`. */
  certificates: z.strictObject({ authentication: key, signature: key }),
  /** Its applicative MSSanté mailbox; without one, its mail deliveries are held. */
  mailbox: mailboxSchema.optional(),
  establishments: z.array(establishmentSchema).min(1, { error: 'au moins un établissement attendu' }),
});

export const unitSchema = z.strictObject({
  code: label,
  establishment: finess,
  /** Field of activity of the SUN-ES programme: MCO, SSR, PSY, HAD. */
  field: z.enum(['MCO', 'SSR', 'PSY', 'HAD'], { error: 'MCO, SSR, PSY ou HAD attendu' }),
  surgical: z.boolean({ error: 'true ou false attendu' }).default(false),
  /** First and last day of validity; open when absent. */
  from: day.optional(),
  to: day.optional(),
});

const sourceSchema = z.strictObject({
  key,
  /** MSH-3.1 and MSH-4.1 of the messages of this source. */
  application: label,
  facility: label,
  domain: key,
  legalEntities: z.array(finess).min(1, { error: 'au moins une entité juridique attendue' }),
  /** Where a stay belongs when its unit is not in `units`. */
  defaultEstablishment: finess,
  messages: z
    .array(z.enum(['ADT', 'MDM', 'ORU', 'REST'], { error: 'ADT, MDM, ORU ou REST attendu' }))
    .min(1, { error: 'au moins un type de message attendu' }),
  separators: z.enum(['strict', 'lenient'], { error: 'strict ou lenient attendu' }).default('strict'),
  /** Accepted MSH-11.1. */
  processingIds: z
    .array(z.enum(['P', 'D', 'T'], { error: 'P, D ou T attendu' }))
    .min(1)
    .default(['P']),
  completeIns: z.enum(['refuse', 'derive'], { error: 'refuse ou derive attendu' }).default('refuse'),
  /** Received PDFs that do not say they are PDF/A: taken in silence, with a warning, or refused. */
  pdfA: z.enum(['off', 'warn', 'block'], { error: 'off, warn ou block attendu' }).default('warn'),
  /** May a document message of this source vouch for a qualified identity? */
  mayVouch: z.boolean().default(false),
  /** Where ZAM messages go. */
  returnAddress: z.strictObject({ host: label, port, tls: z.boolean().default(false) }).optional(),
  /** Client ids (OpenID Connect client credentials) that may deposit for this source by REST. */
  restClients: z.array(label).default([]),
  /** Answers AE where AR is due and the reverse, for senders that resend on AE. */
  swapErrorCodes: z.boolean().default(false),
  /** SHA-256 fingerprints of the client certificates this source must show; empty: not checked. */
  clientCertificates: z
    .array(label.regex(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/, { error: 'empreinte SHA-256 attendue (AA:BB:…)' }))
    .default([]),
});

export const ROLES = ['reader', 'operator', 'identity-vigilance', 'gateway', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const personSchema = z.strictObject({
  subject: label,
  /** Issuer of the subject; without it, any trusted issuer. */
  issuer: z.url({ error: 'adresse attendue' }).optional(),
  roles: z.array(z.enum(ROLES, { error: `rôle attendu : ${ROLES.join(', ')}` })).min(1),
  scopes: z
    .array(label.regex(/^(ght|ej:\w{9}|eg:\w{9}|dom:[\w-]+)$/, { error: 'ght, ej:…, eg:… ou dom:… attendu' }))
    .min(1),
});

export const ghtSchema = z.strictObject({
  version: z.literal(1, { error: 'version 1 attendue' }),
  ght: z.strictObject({ name: label }),
  identityDomains: z.array(identityDomainSchema).min(1, { error: 'au moins un domaine d’identité attendu' }),
  legalEntities: z.array(legalEntitySchema).min(1, { error: 'au moins une entité juridique attendue' }),
  units: z.array(unitSchema).default([]),
  /** A CSV file beside this one, added to `units`: code;establishment;field;surgical;from;to. */
  unitsFile: label.optional(),
  sources: z.array(sourceSchema).min(1, { error: 'au moins une source attendue' }),
  people: z.array(personSchema).default([]),
  documentTypes: z.array(documentTypeOverrideSchema).default([]),
  routing: routingSchema,
  contents: contentsSchema,
  channels: channelsSchema,
  dmp: dmpSchema,
  mss: mssSchema,
  insi: insiSchema,
  deaths: deathsSchema,
  indicators: indicatorsSchema,
  delays: delaysSchema,
  retention: retentionSchema,
  circuitBreaker: circuitBreakerSchema,
  /** Days before the end of a certificate at which an alert is raised. */
  certificateAlertDays: z.array(z.int().min(1)).min(1).default([60, 30, 7, 1]),
});

/** The GHT file once read and checked: defaults filled, durations in milliseconds. */
export type GhtFile = z.output<typeof ghtSchema>;
export type IdentityDomain = GhtFile['identityDomains'][number];
export type LegalEntity = GhtFile['legalEntities'][number];
export type Establishment = LegalEntity['establishments'][number];
export type Unit = GhtFile['units'][number];
export type Source = GhtFile['sources'][number];
export type ReturnAddress = NonNullable<Source['returnAddress']>;
export type Person = GhtFile['people'][number];
export type Delays = GhtFile['delays'];
export type CircuitBreakerSettings = GhtFile['circuitBreaker'];
export type Mailbox = NonNullable<LegalEntity['mailbox']>;
export type InsiSettings = GhtFile['insi'];
export type ContentsSettings = GhtFile['contents'];
export type MssSettings = GhtFile['mss'];
export type DeathSettings = GhtFile['deaths'];
export type IndicatorsSettings = GhtFile['indicators'];
export type DmpSettings = GhtFile['dmp'];
export type RoutingSettings = GhtFile['routing'];
export type RoutingMatrixRow = RoutingSettings['matrix'][number];
export type ChannelSettings = GhtFile['channels'];
