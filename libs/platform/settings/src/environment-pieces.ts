import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { parseIsoDuration, type Milliseconds } from './iso-duration.js';

/** A text that is refused with one French sentence; the sentence never repeats the value. */
function text(accepts: (value: string) => boolean, sentence: string) {
  return z.string().refine(accepts, { error: sentence });
}

/** A TCP port, 0 (any free port, for tests) to 65535. */
export const portVariable = text(
  (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65535,
  'numéro de port attendu, de 0 à 65535',
).transform(Number);

/** A whole number from `min` to `max`. */
export function integerVariable(min: number, max: number) {
  return text(
    (value) => /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max,
    `nombre entier attendu, de ${min} à ${max}`,
  ).transform(Number);
}

/** An absolute URL whose scheme is one of `protocols` (without colon), given back as written. */
export function urlVariable(...protocols: [string, ...string[]]) {
  const accepts = (value: string) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1));
  return text(accepts, `adresse complète attendue (${protocols.map((p) => `${p}://…`).join(' ou ')})`);
}

/** An ISO 8601 duration, read as milliseconds. */
export const durationVariable = text(
  (value) => parseIsoDuration(value) !== undefined,
  'durée ISO 8601 attendue, par exemple PT30S',
).transform((value): Milliseconds => parseIsoDuration(value) ?? 0);

/** A comma-separated list without empty item. */
export const listVariable = z
  .string()
  .transform((value) => value.split(',').map((item) => item.trim()))
  .refine((items) => items.every((item) => item !== ''), { error: 'liste attendue, séparée par des virgules' });

/** `true` or `false`. */
export const booleanVariable = z
  .enum(['true', 'false'], { error: 'true ou false attendu' })
  .transform((value) => value === 'true');

/** The path of a file that exists and can be read. */
export const fileVariable = text((value) => isKind(value, 'file'), 'fichier introuvable ou illisible');

/** The path of a folder that exists. */
export const folderVariable = text((value) => isKind(value, 'folder'), 'dossier introuvable');

/** A `…_FILE` variable: the path of a file whose trimmed content is the secret; the content is given back. */
export const secretFileVariable = fileVariable
  .transform((path) => readFileSync(path, 'utf8').trim())
  .refine((secret) => secret !== '', { error: 'le fichier du secret est vide' });

export type PfiEnvironment = 'trial' | 'qualification' | 'production';

/** Decides the accepted INS OIDs and whether simulators are allowed. */
export const environmentVariable = z.enum(['trial', 'qualification', 'production'], {
  error: 'trial, qualification ou production attendu',
});

function isKind(path: string, kind: 'file' | 'folder'): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return false;
  return kind === 'file' ? found.isFile() : found.isDirectory();
}
