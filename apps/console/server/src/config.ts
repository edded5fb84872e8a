import { join } from 'node:path';
import { machineVariables } from '@pfi/platform-service';
import {
  durationVariable,
  environmentVariable,
  fileVariable,
  folderVariable,
  integerVariable,
  issuerListVariable,
  portVariable,
  readEnvironment,
  SettingsError,
  urlVariable,
} from '@pfi/platform-settings';
import { z } from 'zod';

const schema = z.object({
  PFI_ENVIRONMENT: environmentVariable,
  PFI_HTTP_PORT: portVariable,
  PFI_GHT_FILE: fileVariable,
  PFI_DATABASE_URL: urlVariable('postgres', 'postgresql'),
  PFI_DATABASE_POOL_SIZE: integerVariable(1, 200).default(10),
  PFI_KAFKA_TOPIC_PREFIX: z.string().default(''),
  ...machineVariables,
  PFI_OIDC_ISSUERS: issuerListVariable,
  /** The origin that people type: where sign-ins come back, and whether cookies are `Secure`. */
  PFI_CONSOLE_PUBLIC_URL: urlVariable('http', 'https').refine(isOrigin, { error: 'adresse sans chemin attendue' }),
  /** Files of the web console. */
  PFI_CONSOLE_SITE_DIR: folderVariable.default(join(import.meta.dirname, '../../web/dist/site')),
  /** Longest session, and longest without anybody at the keyboard. */
  PFI_CONSOLE_SESSION_MAX: durationVariable.default(10 * 3_600_000),
  PFI_CONSOLE_SESSION_IDLE: durationVariable.default(30 * 60_000),
  /** Longest silence of a service before the answer 504. */
  PFI_CONSOLE_SERVICE_TIMEOUT: durationVariable.default(60_000),
  PFI_IDENTITY_URL: urlVariable('http', 'https'),
  PFI_DOCUMENTS_URL: urlVariable('http', 'https'),
  PFI_DMP_GATEWAY_URL: urlVariable('http', 'https'),
  PFI_MSS_GATEWAY_URL: urlVariable('http', 'https'),
  PFI_INDICATORS_URL: urlVariable('http', 'https'),
});

export type ConsoleConfig = Readonly<z.output<typeof schema>>;

/** @throws SettingsError naming every variable that is missing or wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): ConsoleConfig {
  const config = readEnvironment(schema, env);
  const clear = (url: string): boolean => config.PFI_ENVIRONMENT === 'production' && !url.startsWith('https:');
  const problems = [
    ...(clear(config.PFI_CONSOLE_PUBLIC_URL) ? ['PFI_CONSOLE_PUBLIC_URL : https attendu en production'] : []),
    ...(config.PFI_OIDC_ISSUERS.some(({ issuer }) => clear(issuer))
      ? ['PFI_OIDC_ISSUERS : https attendu en production']
      : []),
  ];
  if (problems.length === 0) return config;
  const textFr = 'Démarrage impossible : corrigez les variables d’environnement suivantes.';
  throw new SettingsError('ENVIRONMENT_INVALID', textFr, problems);
}

function isOrigin(url: string): boolean {
  return URL.canParse(url) && new URL(url).href.replace(/\/$/, '') === new URL(url).origin;
}
