import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '../workspace.js';
import { replacedParts, serviceEnvironment, simulatorEnvironment } from './environment.js';
import type { Surroundings } from './environment.js';
import { defaultPorts } from './ports.js';

const urls = (name: string) => ({ service: `db:${name}`, system: `db:${name}_system`, migration: `db:${name}_owner` });

const around = (overrides: Record<string, string> = {}): Surroundings => ({
  ports: defaultPorts,
  stateDir: '/state',
  secretsDir: '/state/secrets/services',
  caFile: '/ca',
  dmpServer: { certificate: '/crt', key: '/key' },
  ghtFile: '/ght.yaml',
  clientSecretsDir: '/secrets',
  kafkaBrokers: '127.0.0.1:19092',
  databases: {
    identity: urls('identity'),
    documents: urls('documents'),
    'dmp-gateway': urls('dmp_gateway'),
    'mss-gateway': urls('mss'),
    indicators: urls('indicators'),
    console: urls('console'),
  },
  overrides,
});

describe('the environment of a process', () => {
  it('gives each service its own ports and database roles', () => {
    expect(serviceEnvironment('identity', around())).toMatchObject({
      PFI_HTTP_PORT: '3001',
      PFI_MLLP_PORT: '2575',
      PFI_DATABASE_URL: 'db:identity',
      PFI_DATABASE_SYSTEM_URL: 'db:identity_system',
    });
    expect(serviceEnvironment('dmp-gateway', around())).not.toHaveProperty('PFI_MLLP_PORT');
  });

  it('says to the allocator what the image says', () => {
    const image = readFileSync(join(workspaceRoot, 'docker/Dockerfile'), 'utf8');
    const said = [...image.matchAll(/\b(MALLOC_\w+)=(\d+)/g)].map(([, name, value]) => [name, value] as const);
    expect(said).toHaveLength(3);
    expect(serviceEnvironment('documents', around())).toMatchObject(Object.fromEntries(said));
  });

  it('never gives a service the right to migrate or to administer', () => {
    const env = serviceEnvironment('documents', around({ PFI_DATABASE_ADMIN_URL: 'db:admin' }));
    expect(env).not.toHaveProperty('PFI_DATABASE_MIGRATION_URL');
    expect(env).not.toHaveProperty('PFI_DATABASE_ADMIN_URL');
  });

  it('lets what a person set win, except where one value would serve all processes', () => {
    const env = serviceEnvironment(
      'documents',
      around({ PFI_RETRY_BASE: 'PT0.2S', PFI_HTTP_PORT: '9', PFI_DATABASE_URL: 'x' }),
    );
    expect(env).toMatchObject({ PFI_RETRY_BASE: 'PT0.2S', PFI_HTTP_PORT: '3002', PFI_DATABASE_URL: 'db:documents' });
  });

  it('sends the services to the simulator, unless an address is set', () => {
    expect(serviceEnvironment('dmp-gateway', around())['PFI_DMP_REPOSITORY_URL']).toContain('localhost:8102');
    expect(serviceEnvironment('documents', around())).toMatchObject({
      PFI_MSS_SMTP_URL: 'smtp://localhost:8125',
      PFI_MSS_IMAP_URL: 'imap://localhost:8143',
      PFI_MSS_CA_FILE: '/ca',
      PFI_ANNUAIRE_URL: 'http://127.0.0.1:8103/fhir',
    });
    const env = serviceEnvironment('dmp-gateway', around({ PFI_DMP_REPOSITORY_URL: 'https://dmp.example/r' }));
    expect(env['PFI_DMP_REPOSITORY_URL']).toBe('https://dmp.example/r');
  });

  it('lets people in by both ways of the simulator, and tells both sides where the console is', () => {
    const people =
      /^http:\/\/127\.0\.0\.1:8104\/etablissement .*, http:\/\/127\.0\.0\.1:8104\/pro-sante-connect .*acr=eidas1/;
    for (const env of [serviceEnvironment('documents', around()), serviceEnvironment('console', around())]) {
      expect(env['PFI_OIDC_ISSUERS']).toMatch(people);
    }
    expect(serviceEnvironment('console', around())).toMatchObject({
      PFI_HTTP_PORT: '8080',
      PFI_OIDC_CLIENT_ID: 'pfi-console',
      PFI_INDICATORS_URL: 'http://127.0.0.1:3005',
    });
    expect(simulatorEnvironment(around())['PFI_CONSOLE_PUBLIC_URL']).toBe('http://127.0.0.1:8080');
  });

  it('gives the simulator its ports and a folder of its own', () => {
    expect(simulatorEnvironment(around())).toMatchObject({
      PFI_SIM_ADMIN_PORT: '8100',
      PFI_SIM_DMP_PORT: '8102',
      PFI_SIM_STATE_DIR: '/state/national-sim',
    });
  });
});

describe('parts that a variable replaces', () => {
  it('are PostgreSQL and Kafka by their addresses', () => {
    expect(replacedParts({ PFI_DATABASE_ADMIN_URL: 'x', PFI_KAFKA_BROKERS: 'y' })).toEqual(['postgres', 'kafka']);
  });

  it('include the store of the mailboxes, when these are elsewhere', () => {
    expect(replacedParts({ PFI_MSS_IMAP_URL: 'imaps://mail.example' })).toEqual(['greenmail']);
  });

  it('keep the simulator while it still plays one of its two roles', () => {
    expect(replacedParts({ PFI_DMP_REPOSITORY_URL: 'x' })).toEqual([]);
    expect(replacedParts({ PFI_DMP_REPOSITORY_URL: 'x', PFI_OIDC_ISSUERS: 'y' })).toEqual(['national-sim']);
  });
});
