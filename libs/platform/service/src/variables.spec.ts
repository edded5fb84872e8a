import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '@pfi/platform-settings';
import { z } from 'zod';
import { kafkaOptions } from './service-platform.js';
import { machineVariables, mllpVariables, readMigrationUrl, serviceVariables } from './variables.js';

const minimal = {
  PFI_ENVIRONMENT: 'trial',
  PFI_HTTP_PORT: '3002',
  PFI_GHT_FILE: import.meta.filename,
  PFI_DATABASE_URL: 'postgres://a:b@localhost/pfi',
  PFI_DATABASE_SYSTEM_URL: 'postgres://a:b@localhost/pfi',
  PFI_KAFKA_BROKERS: 'k1:9092, k2:9092',
  PFI_OIDC_ISSUERS: 'https://people.example,https://machines.example',
};
const read = (env: NodeJS.ProcessEnv) => readEnvironment(z.object(serviceVariables), env);
const problemsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error('the environment was accepted');
};

describe('the environment of a service', () => {
  it('has few variables that must be set', () => {
    expect(read(minimal)).toMatchObject({
      PFI_HTTP_PORT: 3002,
      PFI_DATABASE_POOL_SIZE: 10,
      PFI_KAFKA_BROKERS: ['k1:9092', 'k2:9092'],
      PFI_KAFKA_TOPIC_PREFIX: '',
      PFI_OIDC_ISSUERS: [{ issuer: 'https://people.example' }, { issuer: 'https://machines.example' }],
    });
  });

  it('is refused with every problem at once, by name and never by value', () => {
    const wrong = {
      ...minimal,
      PFI_HTTP_PORT: 'secret-1',
      PFI_DATABASE_URL: 'mysql://secret-2',
      PFI_GHT_FILE: undefined,
    };
    const problems = problemsOf(() => read(wrong)).join('\n');
    for (const name of ['PFI_HTTP_PORT', 'PFI_DATABASE_URL', 'PFI_GHT_FILE']) expect(problems).toContain(name);
    expect(problems).not.toContain('secret');
  });

  it('names the MLLP port, the machine account and the migration URL where they are needed', () => {
    expect(problemsOf(() => readEnvironment(z.object(mllpVariables), {})).join()).toContain('PFI_MLLP_PORT');
    expect(problemsOf(() => readEnvironment(z.object(machineVariables), {})).join()).toContain('PFI_OIDC_CLIENT_ID');
    expect(readMigrationUrl).toThrow(/PFI_DATABASE_MIGRATION_URL/);
  });

  it('says how Kafka is reached: in the clear, or with an account and its own authority', () => {
    const plain = read(minimal);
    expect(kafkaOptions(plain)).toEqual({ brokers: plain.PFI_KAFKA_BROKERS, topicPrefix: '' });
    const secured = kafkaOptions({
      ...plain,
      PFI_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      PFI_KAFKA_SASL_USERNAME: 'pfi',
      PFI_KAFKA_SASL_PASSWORD_FILE: 'password',
      PFI_KAFKA_TLS_CA_FILE: 'pem',
    });
    expect(secured).toMatchObject({
      sasl: { mechanism: 'scram-sha-512', username: 'pfi', password: 'password' },
      tls: { ca: 'pem' },
    });
  });
});
