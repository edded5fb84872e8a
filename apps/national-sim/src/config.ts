import { environmentVariable, fileVariable, portVariable, readEnvironment, urlVariable } from '@pfi/platform-settings';
import { z } from 'zod';

const schema = z.object({
  PFI_ENVIRONMENT: environmentVariable
    .default('trial')
    .refine((value) => value !== 'production', { error: 'les simulateurs sont interdits en production' }),
  PFI_SIM_STATE_DIR: z.string().describe('dossier où le simulateur garde ce qu’il a reçu'),
  PFI_SIM_ADMIN_PORT: portVariable.default(8100),
  PFI_SIM_INSI_PORT: portVariable.default(8101),
  PFI_SIM_DMP_PORT: portVariable.default(8102),
  PFI_SIM_ANNUAIRE_PORT: portVariable.default(8103),
  PFI_SIM_OIDC_PORT: portVariable.default(8104),
  PFI_SIM_SMTP_PORT: portVariable.default(8125),
  PFI_SIM_ZAM_PORT: portVariable.default(8126),
  PFI_SIM_IMAP_PORT: portVariable.default(8143),
  PFI_SIM_GREENMAIL_IMAP_PORT: portVariable
    .optional()
    .describe('port IMAP de GreenMail, où les boîtes sont gardées ; sans lui, elles ne se lisent pas par IMAP'),
  PFI_SIM_MSS_DOMAINS: z
    .string()
    .default('mssante.fr')
    .transform((text) => text.split(',').map((domain) => domain.trim()))
    .describe('domaines de l’espace de confiance MSSanté, séparés par des virgules'),
  PFI_SIM_MSS_PATIENT_DOMAIN: z.string().default('patient.mssante.fr'),
  PFI_SIM_MSS_PASSWORD: z.string().min(1).default('mssante').describe('mot de passe de toutes les boîtes'),
  PFI_SIM_TLS_CERT_FILE: fileVariable.describe('certificat serveur du DMP, d’INSi et de l’opérateur MSSanté simulés'),
  PFI_SIM_TLS_KEY_FILE: fileVariable.describe(
    'clé du certificat serveur du DMP, d’INSi et de l’opérateur MSSanté simulés',
  ),
  PFI_DMP_CA_FILE: fileVariable.describe('autorité des certificats des structures et de leurs boîtes'),
  PFI_SIM_OIDC_CLIENTS_FILE: fileVariable.optional(),
  PFI_OIDC_MACHINE_ISSUER: urlVariable('http', 'https').optional(),
  PFI_CONSOLE_PUBLIC_URL: urlVariable('http', 'https')
    .default('http://127.0.0.1:8080')
    .describe('adresse de la console, où reviennent les personnes connectées'),
});

export type SimulatorConfig = Readonly<z.output<typeof schema>>;

/** @throws SettingsError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv = process.env): SimulatorConfig {
  return readEnvironment(schema, env);
}
