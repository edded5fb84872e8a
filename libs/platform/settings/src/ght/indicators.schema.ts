import { z } from 'zod';
import { day, key, label } from './scalars.js';

const codes = ['DS1.1', 'DS1.2', 'DS4.2'] as const;
const code = z.enum(codes, { error: `indicateur attendu : ${codes.join(', ')}` });
const percent = z
  .int({ error: 'pourcentage entier attendu' })
  .min(0, { error: 'pourcentage attendu, de 0 à 100' })
  .max(100, { error: 'pourcentage attendu, de 0 à 100' });
const targets = z.partialRecord(code, percent);
const days = z.int().min(0).max(366);

const common = {
  /** PV1-2 classes that are stays, and those among them that are repeated sessions. */
  stayClasses: z.array(label).min(1).optional(),
  seanceClasses: z.array(label).optional(),
  seances: z
    .enum(['COUNT_EACH', 'GROUP_PER_MONTH', 'EXCLUDE'], { error: 'COUNT_EACH, GROUP_PER_MONTH ou EXCLUDE attendu' })
    .optional(),
  excludeDeceased: z.boolean().optional(),
  excludeNewbornDays: days.optional(),
  /** Answers of the DMP that mean "closed or absent". */
  closedDmpCodes: z.array(label).optional(),
  /** RFC 3463 statuses or outcome codes that mean "no usable mailbox". */
  unusableAddressCodes: z.array(label).optional(),
  attribution: z.enum(['DISCHARGE_DATE', 'FEED_DATE'], { error: 'DISCHARGE_DATE ou FEED_DATE attendu' }).optional(),
  lateFeedCutoffDays: days.nullable().optional(),
};

const ownSchema = z.strictObject({
  ...common,
  documentTypes: z.array(label).min(1).optional(),
  countFrom: z.enum(['sent', 'delivered'], { error: 'sent ou delivered attendu' }).optional(),
  denominator: z.enum(['ALL_STAYS', 'STAYS_WITH_DOC'], { error: 'ALL_STAYS ou STAYS_WITH_DOC attendu' }).optional(),
  netExclusions: z
    .array(
      z.enum(['NO_QUALIFIED_INS', 'DMP_OPPOSED', 'DMP_CLOSED', 'NO_PATIENT_ADDRESS'], {
        error: 'NO_QUALIFIED_INS, DMP_OPPOSED, DMP_CLOSED ou NO_PATIENT_ADDRESS attendu',
      }),
    )
    .optional(),
});

const windowSchema = z
  .strictObject({ id: key, from: day, to: day, targets })
  .refine(({ from, to }) => from <= to, { error: 'la fin précède le début' });

/** How the group counts: what it changes in the definitions of the indicators library, which has every default. */
export const indicatorsSchema = z
  .strictObject({
    ...common,
    byIndicator: z.partialRecord(code, ownSchema).default({}),
    /** Measurement windows beside F1…F4, or in their place. */
    windows: z.array(windowSchema).default([]),
    /** Percent, for periods outside every window. */
    targets: targets.default({}),
  })
  .prefault({});

/** How admissions say that a patient died in the stay (recalled codes: to be checked with each administrative system). */
export const deathsSchema = z
  .strictObject({
    /** PV1-36 */
    dischargeDispositions: z.array(label).default(['D', '20', '40', '41', '42']),
    /** ZFM-2, PMSI exit mode */
    pmsiExitModes: z.array(label).default(['9']),
  })
  .prefault({});
