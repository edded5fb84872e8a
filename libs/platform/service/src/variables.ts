import {
  environmentVariable,
  fileVariable,
  integerVariable,
  issuerListVariable,
  listVariable,
  portVariable,
  readEnvironment,
  secretFileVariable,
  urlVariable,
} from '@pfi/platform-settings';
import { z } from 'zod';

/** Environment of every service (design §7). A service adds its own with `z.object({ ...serviceVariables, … })`. */
export const serviceVariables = {
  PFI_ENVIRONMENT: environmentVariable,
  PFI_HTTP_PORT: portVariable,
  PFI_GHT_FILE: fileVariable,
  PFI_DATABASE_URL: urlVariable('postgres', 'postgresql'),
  PFI_DATABASE_SYSTEM_URL: urlVariable('postgres', 'postgresql'),
  PFI_DATABASE_POOL_SIZE: integerVariable(1, 200).default(10),
  PFI_KAFKA_BROKERS: listVariable,
  PFI_KAFKA_TOPIC_PREFIX: z.string().default(''),
  PFI_KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  PFI_KAFKA_SASL_USERNAME: z.string().optional(),
  PFI_KAFKA_SASL_PASSWORD_FILE: secretFileVariable.optional(),
  PFI_KAFKA_TLS_CA_FILE: secretFileVariable.optional(),
  PFI_OIDC_ISSUERS: issuerListVariable,
  PFI_OIDC_MACHINE_ISSUER: urlVariable('http', 'https').optional(),
} as const;

/** Environment of a service that listens on MLLP; the certificate files are read at start. */
export const mllpVariables = {
  PFI_MLLP_PORT: portVariable,
  PFI_MLLP_TLS_CERT_FILE: secretFileVariable.optional(),
  PFI_MLLP_TLS_KEY_FILE: secretFileVariable.optional(),
  PFI_MLLP_TLS_CLIENT_CA_FILE: secretFileVariable.optional(),
} as const;

/** Environment of a service that calls others as a machine. */
export const machineVariables = {
  PFI_OIDC_CLIENT_ID: z.string(),
  PFI_OIDC_CLIENT_SECRET_FILE: fileVariable,
} as const;

export type ServiceSettings = z.output<z.ZodObject<typeof serviceVariables>>;

const migration = z.object({ PFI_DATABASE_MIGRATION_URL: urlVariable('postgres', 'postgresql') });

/** The one variable of a service's migration command. */
export const readMigrationUrl = (): string => readEnvironment(migration).PFI_DATABASE_MIGRATION_URL;
