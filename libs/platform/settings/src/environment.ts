import type { z } from 'zod';
import { SettingsError } from './settings.errors.js';

/**
 * Reads the variables of one process through a zod object schema whose keys are the variable names. An empty variable
 * counts as absent; unknown variables are ignored. The result is frozen.
 * @throws SettingsError ENVIRONMENT_INVALID naming every wrong variable, never showing a value.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<Schema>> {
  const present: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name];
    if (value !== undefined && value.trim() !== '') present[name] = value.trim();
  }
  const result = schema.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'PFI_*');
    const hint = schema.shape[name]?.description;
    if (name in schema.shape && !(name in present)) return `${name} : variable absente${hint ? ` (${hint})` : ''}`;
    return `${name} : ${issue.code === 'custom' || issue.message ? issue.message : 'valeur refusée'}`;
  });
  throw new SettingsError(
    'ENVIRONMENT_INVALID',
    'Démarrage impossible : corrigez les variables d’environnement suivantes.',
    [...new Set(problems)].sort(),
  );
}
