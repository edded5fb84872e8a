import { mllpVariables, serviceVariables } from '@pfi/platform-service';
import { readEnvironment } from '@pfi/platform-settings';
import { z } from 'zod';

const schema = z.object({ ...serviceVariables, ...mllpVariables });

export type IdentityConfig = z.output<typeof schema>;

/** @throws SettingsError naming every variable that is missing or wrong */
export const readConfig = (): IdentityConfig => readEnvironment(schema);
