import { machineVariables, serviceVariables } from '@pfi/platform-service';
import { readEnvironment, urlVariable } from '@pfi/platform-settings';
import { z } from 'zod';

const schema = z.object({
  ...serviceVariables,
  ...machineVariables,
  PFI_OIDC_MACHINE_ISSUER: urlVariable('http', 'https'),
  /** The owners of facts, asked to publish them again when the projection is rebuilt. */
  PFI_IDENTITY_URL: urlVariable('http', 'https'),
  PFI_DOCUMENTS_URL: urlVariable('http', 'https'),
  PFI_DMP_GATEWAY_URL: urlVariable('http', 'https'),
  PFI_MSS_GATEWAY_URL: urlVariable('http', 'https').optional(),
});

export type IndicatorsConfig = z.output<typeof schema>;

/** @throws SettingsError naming every variable that is missing or wrong */
export const readConfig = (): IndicatorsConfig => readEnvironment(schema);
