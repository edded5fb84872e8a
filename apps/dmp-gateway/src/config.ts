import { folderVariable, readEnvironment, secretFileVariable, urlVariable } from '@pfi/platform-settings';
import { machineVariables, serviceVariables } from '@pfi/platform-service';
import { z } from 'zod';

const schema = z.object({
  ...serviceVariables,
  ...machineVariables,
  PFI_OIDC_MACHINE_ISSUER: urlVariable('http', 'https'),
  PFI_DOCUMENTS_URL: urlVariable('http', 'https'),
  PFI_DMP_REPOSITORY_URL: urlVariable('https'),
  PFI_DMP_REGISTRY_URL: urlVariable('https'),
  PFI_DMP_CA_FILE: secretFileVariable.optional(),
  PFI_SECRETS_DIR: folderVariable,
});

export type DmpGatewayConfig = z.output<typeof schema>;

/** @throws SettingsError naming every variable that is missing or wrong */
export const readConfig = (): DmpGatewayConfig => readEnvironment(schema);
