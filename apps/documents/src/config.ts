import { readEnvironment } from '@pfi/platform-settings';
import { mllpVariables, serviceVariables } from '@pfi/platform-service';
import { z } from 'zod';

const schema = z.object({ ...serviceVariables, ...mllpVariables });

export type DocumentsConfig = z.output<typeof schema>;

/** @throws SettingsError naming every variable that is missing or wrong */
export const readConfig = (): DocumentsConfig => readEnvironment(schema);
