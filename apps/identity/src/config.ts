import { mllpVariables, serviceVariables } from '@pfi/platform-service';
import { folderVariable, readEnvironment, secretFileVariable, urlVariable } from '@pfi/platform-settings';
import { z } from 'zod';

const schema = z
  .object({
    ...serviceVariables,
    ...mllpVariables,
    /** Absent: the teleservice is never asked. */
    PFI_INSI_URL: urlVariable('https').optional(),
    PFI_INSI_CA_FILE: secretFileVariable.optional(),
    PFI_SECRETS_DIR: folderVariable.optional(),
  })
  .refine(({ PFI_INSI_URL: url, PFI_SECRETS_DIR: folder }) => !url || folder, {
    path: ['PFI_SECRETS_DIR'],
    error: 'dossier des certificats demandé avec PFI_INSI_URL',
  });

export type IdentityConfig = z.output<typeof schema>;

/** @throws SettingsError naming every variable that is missing or wrong */
export const readConfig = (): IdentityConfig => readEnvironment(schema);
