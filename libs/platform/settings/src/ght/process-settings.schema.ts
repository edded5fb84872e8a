import { z } from 'zod';
import { duration, label } from './scalars.js';

/** Delays of deliveries, exchanges and retries; every one is in milliseconds once read. */
export const delaysSchema = z
  .strictObject({
    /** A document waits this long for the identity version it was accepted with, then is parked IDENTITY_NOT_READY. */
    identityWait: duration.prefault('PT10M'),
    /** A consumer waits this long for a missing event of a lineage, then parks what follows. */
    sequenceWait: duration.prefault('PT10M'),
    /** What professional mail does without a qualified INS: wait for ever, leave at once, or wait this long. */
    mssProWithoutIns: z
      .union([z.literal('hold'), z.literal('send'), duration], {
        error: 'hold, send ou une durée ISO 8601 attendu',
      })
      .prefault('PT24H'),
    /** The ledger is drawn this often; what was asked of a gateway must be known there after `transit`. */
    ledger: z.strictObject({ every: duration.prefault('PT1M'), transit: duration.prefault('PT5M') }).prefault({}),
    retry: z.strictObject({ base: duration.prefault('PT2S'), cap: duration.prefault('PT15M') }).prefault({}),
    dmp: z
      .strictObject({
        connectTimeout: duration.prefault('PT5S'),
        totalTimeout: duration.prefault('PT60S'),
        /** After this long without an answer of the DMP the delivery is parked EXPIRED. */
        giveUp: duration.prefault('PT72H'),
        /** An unknown outcome is looked up by ITI-18 `reconcileChecks` times, spread over at least this long. */
        reconcileOver: duration.prefault('PT10M'),
      })
      .prefault({}),
    insi: z
      .strictObject({
        connectTimeout: duration.prefault('PT5S'),
        totalTimeout: duration.prefault('PT15S'),
        /** After this long without an answer a person is told. */
        giveUp: duration.prefault('PT72H'),
      })
      .prefault({}),
    smtp: z
      .strictObject({
        connectTimeout: duration.prefault('PT10S'),
        commandTimeout: duration.prefault('PT5M'),
        finalDotTimeout: duration.prefault('PT10M'),
        firstRetry: duration.prefault('PT60S'),
        alertAfter: duration.prefault('PT1H'),
        giveUp: duration.prefault('P4D'),
        /** A lost answer after the final dot: one more try after this long, marked as a possible duplicate. */
        resendUnknownAfter: duration.prefault('PT15M'),
      })
      .prefault({}),
    /** Business acknowledgements towards the return address of a source. */
    zam: z
      .strictObject({
        connectTimeout: duration.prefault('PT5S'),
        answerTimeout: duration.prefault('PT30S'),
        giveUp: duration.prefault('PT72H'),
      })
      .prefault({}),
    clock: z
      .strictObject({ warnOffset: duration.prefault('PT0.5S'), refuseOffset: duration.prefault('PT2S') })
      .prefault({}),
  })
  .prefault({});

/** The least that access traces are kept: 6 months (CSP), in milliseconds. */
const SHORTEST_ACCESSES = 183 * 24 * 3_600_000;

/** How long what is kept of people's doings is kept (S-14); in milliseconds once read. */
export const retentionSchema = z
  .strictObject({
    /** Who read or did what. */
    accesses: duration
      .refine((kept) => kept >= SHORTEST_ACCESSES, {
        error: 'les traces d’accès se gardent au moins 6 mois (P183D)',
      })
      .prefault('P366D'),
  })
  .prefault({});

const ratio = z.number().gt(0).max(1);
const count = z.int().min(1);

/** One circuit a destination and legal entity; business refusals never open it. */
export const circuitBreakerSchema = z
  .strictObject({
    /** Opens at this share of transport failures among the last `window` calls… */
    failureRate: ratio.default(0.5),
    window: count.default(20),
    /** …or at this many in a row. */
    consecutive: count.default(10),
    /** Half-open: one probe every so often, in milliseconds once read. */
    probeEvery: duration.prefault('PT30S'),
  })
  .prefault({});

export const dmpSchema = z
  .strictObject({
    vihfVersion: z.enum(['3.0', '4.0'], { error: '"3.0" ou "4.0" attendu, entre guillemets' }).default('3.0'),
    /** ZFA-9 not collected or absent: deposit (true) or hold (false). */
    depositWhenConsentUnknown: z.boolean().default(true),
    /** What the VIHF says of the software (LPS_Nom, LPS_Version, LPS_ID, LPS_ID_HOMOLOGATION_DMP). */
    software: z
      .strictObject({
        name: label.default('PFI'),
        version: label.default('0.1'),
        id: label.optional(),
        homologation: label.optional(),
      })
      .prefault({}),
    /** Exchanges at the same time, for one legal entity and for the whole group. */
    concurrency: z
      .strictObject({ perOwner: z.int().min(1).max(64).default(32), total: z.int().min(1).max(256).default(256) })
      .prefault({}),
    /** Codes of the DMP that are a final business answer: told to the sender, never tried again. */
    refusalCodes: z.array(label).default(['DMPClosed', 'XDSUnknownPatientId']),
    /** TD3.3c: `direct` = Approved to Deleted; `archive-first` = by Archived, as the published sample ends (interop §5.7). */
    deletion: z.enum(['direct', 'archive-first'], { error: 'direct ou archive-first attendu' }).default('direct'),
    /** Tries after XDSRegistryError / XDSRepositoryError, which may or may not pass. */
    maxErrorAttempts: count.default(5),
    /** ITI-18 look-ups that must find nothing before an unknown deposit is sent again. */
    reconcileChecks: count.default(3),
  })
  .prefault({});

export const channelsSchema = z
  .strictObject({
    dmp: z.boolean().default(true),
    mssPro: z.boolean().default(true),
    mssPatient: z.boolean().default(true),
  })
  .prefault({});
