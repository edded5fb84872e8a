import { isFiness, isOid } from '@pfi/health';
import { z } from 'zod';
import { parseIsoDuration, type Milliseconds } from '../iso-duration.js';

/** A text of at least one character; numbers without quotes are refused with the way to mend them. */
export const label = z
  .string({
    error: (issue) => {
      if (issue.input === undefined) return 'valeur absente';
      return typeof issue.input === 'number' ? 'texte attendu : mettez la valeur entre guillemets' : 'texte attendu';
    },
  })
  .min(1, { error: 'texte vide' });

/** The short name of an element of the file, used in owners, URLs and logs. */
export const key = label.regex(/^[a-z0-9][a-z0-9-]{0,62}$/i, {
  error: 'clé attendue : lettres sans accent, chiffres et tirets, 63 caractères au plus',
});

export const finess = label.refine(isFiness, { error: 'numéro FINESS attendu (9 caractères)' });

export const oid = label.refine(isOid, { error: 'OID attendu, par exemple 1.2.250.1.213.1.4.8' });

/** A calendar day, `YYYY-MM-DD`. */
export const day = z.iso.date({ error: 'jour attendu sous la forme AAAA-MM-JJ, entre guillemets' });

export const port = z
  .int({ error: 'numéro de port attendu, sans guillemets' })
  .min(1, { error: 'numéro de port attendu, de 1 à 65535' })
  .max(65535, { error: 'numéro de port attendu, de 1 à 65535' });

/** An ISO 8601 duration in the file, milliseconds once read. */
export const duration = label
  .refine((value) => parseIsoDuration(value) !== undefined, { error: 'durée ISO 8601 attendue, par exemple PT30S' })
  .transform((value): Milliseconds => parseIsoDuration(value) ?? 0);
