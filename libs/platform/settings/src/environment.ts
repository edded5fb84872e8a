import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { SettingsError } from './settings.errors.js';

/**
 * Reads the variables of one process through a zod object schema whose keys are the variable names. An empty variable
 * counts as absent; unknown variables are ignored. Where `NAME` is absent, `NAME_FILE` may name a file that holds it: this
 * is how secrets are mounted. The result is frozen.
 * @throws SettingsError ENVIRONMENT_INVALID naming every wrong variable, never showing a value.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<Schema>> {
  const present: Record<string, string> = {};
  const unreadable = new Set<string>();
  for (const name of Object.keys(schema.shape)) {
    const file = `${name}_FILE` in schema.shape ? undefined : textOf(env[`${name}_FILE`]);
    const value = textOf(env[name]) ?? (file === undefined ? undefined : contentOf(file));
    if (value !== undefined) present[name] = value;
    else if (file !== undefined) unreadable.add(name);
  }
  const result = schema.safeParse(present);
  if (result.success && unreadable.size === 0) return Object.freeze(result.data);
  const wrong = (result.error?.issues ?? []).flatMap((issue) => {
    const name = String(issue.path[0] ?? 'PFI_*');
    if (unreadable.has(name)) return [];
    const hint = schema.shape[name]?.description;
    if (name in present) return [`${name} : ${issue.message}`];
    return [`${name} : variable absente${hint ? ` (${hint})` : ''}`];
  });
  const files = [...unreadable].map((name) => `${name}_FILE : fichier introuvable, illisible ou vide`);
  throw new SettingsError(
    'ENVIRONMENT_INVALID',
    'Démarrage impossible : corrigez les variables d’environnement suivantes.',
    [...new Set([...wrong, ...files])].sort(),
  );
}

function textOf(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function contentOf(file: string): string | undefined {
  try {
    return textOf(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
