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
  PFI_SIM_OIDC_PORT: portVariable.default(8104),
  PFI_SIM_ZAM_PORT: portVariable.default(8126),
  PFI_SIM_TLS_CERT_FILE: fileVariable.describe('certificat serveur du DMP et d’INSi simulés'),
  PFI_SIM_TLS_KEY_FILE: fileVariable.describe('clé du certificat serveur du DMP et d’INSi simulés'),
  PFI_DMP_CA_FILE: fileVariable.describe('autorité des certificats de connexion et de signature des structures'),
  PFI_SIM_OIDC_CLIENTS_FILE: fileVariable.optional(),
  PFI_OIDC_MACHINE_ISSUER: urlVariable('http', 'https').optional(),
});

export type SimulatorConfig = Readonly<z.output<typeof schema>>;

/** @throws SettingsError naming every wrong variable */
export function readConfig(env: NodeJS.ProcessEnv = process.env): SimulatorConfig {
  return readEnvironment(schema, env);
}
