import { z } from 'zod';
import { label } from './scalars.js';

/** The INSi teleservice: how the software names itself, and how many calls run at the same time. */
export const insiSchema = z
  .strictObject({
    software: z
      .strictObject({
        /** Number given by the CNDA (IDAM); left out while there is none. */
        idam: label.optional(),
        /** Installation of the software, free text. */
        instance: label.default('pfi'),
      })
      .prefault({}),
    /** Calls at the same time, for one identity domain. */
    concurrency: z.int().min(1).max(64).default(4),
  })
  .prefault({});
