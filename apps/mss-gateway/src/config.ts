import { machineVariables, serviceVariables } from '@pfi/platform-service';
import { folderVariable, readEnvironment, secretFileVariable, urlVariable } from '@pfi/platform-settings';
import { z } from 'zod';

const schema = z.object({
  ...serviceVariables,
  ...machineVariables,
  PFI_OIDC_MACHINE_ISSUER: urlVariable('http', 'https'),
  PFI_DOCUMENTS_URL: urlVariable('http', 'https'),
  PFI_MSS_SMTP_URL: urlVariable('smtp', 'smtps'),
  PFI_MSS_IMAP_URL: urlVariable('imap', 'imaps'),
  PFI_MSS_CA_FILE: secretFileVariable.optional(),
  /** FHIR base; absent: addresses are never looked up. */
  PFI_ANNUAIRE_URL: urlVariable('http', 'https').optional(),
  PFI_ANNUAIRE_API_KEY_FILE: secretFileVariable.optional(),
  PFI_SECRETS_DIR: folderVariable,
});

export type MssGatewayConfig = z.output<typeof schema>;

/** @throws SettingsError naming every variable that is missing or wrong */
export const readConfig = (): MssGatewayConfig => readEnvironment(schema);
