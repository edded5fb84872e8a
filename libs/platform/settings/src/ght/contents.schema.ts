import { z } from 'zod';

/** What received documents may hold (design of the doors: nothing active is ever forwarded). */
export const contentsSchema = z
  .strictObject({
    /** Pages of a PDF, beyond which it is refused. */
    maxPdfPages: z.int().min(1).default(2_000),
    /** Links of a PDF: to the web (http, https, mailto, tel), to https alone, or none. Any other is refused. */
    links: z.enum(['web', 'https', 'none'], { error: 'web, https ou none attendu' }).default('web'),
  })
  .prefault({});
