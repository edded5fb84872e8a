import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  booleanVariable,
  durationVariable,
  environmentVariable,
  fileVariable,
  folderVariable,
  integerVariable,
  listVariable,
  portVariable,
  secretFileVariable,
  urlVariable,
} from './environment-pieces.js';
import { readEnvironment } from './environment.js';
import { SettingsError } from './settings.errors.js';

const folder = mkdtempSync(join(tmpdir(), 'pfi-settings-'));
const secretFile = join(folder, 'secret');
writeFileSync(secretFile, 's3cret\n');
const emptyFile = join(folder, 'empty');
writeFileSync(emptyFile, '\n');

const schema = z.object({
  PFI_ENVIRONMENT: environmentVariable,
  PFI_HTTP_PORT: portVariable.default(3001),
  PFI_DATABASE_URL: urlVariable('postgres', 'postgresql').describe('adresse PostgreSQL du service'),
  PFI_KAFKA_BROKERS: listVariable,
  PFI_POLL: durationVariable.optional(),
  PFI_POOL: integerVariable(1, 64).default(20),
  PFI_OIDC_CLIENT_SECRET_FILE: secretFileVariable.optional(),
  PFI_GHT_FILE: fileVariable.optional(),
  PFI_SECRETS_DIR: folderVariable.optional(),
  PFI_TLS: booleanVariable.default(false),
});

const right = {
  PFI_ENVIRONMENT: 'trial',
  PFI_DATABASE_URL: 'postgres://u:p4ssw0rd@localhost/db',
  PFI_KAFKA_BROKERS: 'a:9092, b:9092',
};

function refusal(env: NodeJS.ProcessEnv): SettingsError {
  try {
    readEnvironment(schema, env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

describe('the environment of a process', () => {
  it('is read as typed values, with defaults for what is absent or empty', () => {
    const settings = readEnvironment(schema, {
      ...right,
      PFI_HTTP_PORT: '',
      PFI_POLL: 'PT0.5S',
      PFI_OIDC_CLIENT_SECRET_FILE: secretFile,
      PFI_TLS: 'true',
      PFI_SECRETS_DIR: folder,
      PFI_GHT_FILE: secretFile,
      UNRELATED: 'x',
    });
    expect(settings).toEqual({
      PFI_ENVIRONMENT: 'trial',
      PFI_HTTP_PORT: 3001,
      PFI_DATABASE_URL: right.PFI_DATABASE_URL,
      PFI_KAFKA_BROKERS: ['a:9092', 'b:9092'],
      PFI_POLL: 500,
      PFI_POOL: 20,
      PFI_OIDC_CLIENT_SECRET_FILE: 's3cret',
      PFI_GHT_FILE: secretFile,
      PFI_SECRETS_DIR: folder,
      PFI_TLS: true,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('tells every wrong variable at once, by name', () => {
    const error = refusal({
      PFI_ENVIRONMENT: 'prod',
      PFI_HTTP_PORT: '70000',
      PFI_KAFKA_BROKERS: 'a:9092,,b',
      PFI_POLL: '5s',
      PFI_POOL: '65',
      PFI_OIDC_CLIENT_SECRET_FILE: emptyFile,
      PFI_GHT_FILE: join(folder, 'nowhere'),
      PFI_SECRETS_DIR: secretFile,
      PFI_TLS: 'yes',
    });
    expect(error.code).toBe('ENVIRONMENT_INVALID');
    expect(error.problems).toEqual([
      'PFI_DATABASE_URL : variable absente (adresse PostgreSQL du service)',
      'PFI_ENVIRONMENT : trial, qualification ou production attendu',
      'PFI_GHT_FILE : fichier introuvable ou illisible',
      'PFI_HTTP_PORT : numéro de port attendu, de 0 à 65535',
      'PFI_KAFKA_BROKERS : liste attendue, séparée par des virgules',
      'PFI_OIDC_CLIENT_SECRET_FILE : le fichier du secret est vide',
      'PFI_POLL : durée ISO 8601 attendue, par exemple PT30S',
      'PFI_POOL : nombre entier attendu, de 1 à 64',
      'PFI_SECRETS_DIR : dossier introuvable',
      'PFI_TLS : true ou false attendu',
    ]);
    expect(error.textFr.split('\n')).toHaveLength(11);
  });

  it('takes any variable from the file that NAME_FILE names, unless the variable itself is given', () => {
    const urlFile = join(folder, 'url');
    writeFileSync(urlFile, 'postgres://from/file\n');
    const { PFI_DATABASE_URL: _, ...others } = right;
    const read = (env: NodeJS.ProcessEnv) => readEnvironment(schema, env).PFI_DATABASE_URL;
    expect(read({ ...others, PFI_DATABASE_URL_FILE: urlFile })).toBe('postgres://from/file');
    expect(read({ ...right, PFI_DATABASE_URL_FILE: urlFile })).toBe(right.PFI_DATABASE_URL);
    expect(refusal({ ...others, PFI_DATABASE_URL_FILE: emptyFile, PFI_POOL_FILE: '/nowhere' }).problems).toEqual([
      'PFI_DATABASE_URL_FILE : fichier introuvable, illisible ou vide',
      'PFI_POOL_FILE : fichier introuvable, illisible ou vide',
    ]);
  });

  it('never shows a value, since it may be a secret', () => {
    const error = refusal({
      ...right,
      PFI_DATABASE_URL: 'mysql://u:p4ssw0rd@localhost/db',
      PFI_ENVIRONMENT: 'p4ssw0rd',
    });
    expect(error.problems).toHaveLength(2);
    expect(error.message).not.toContain('p4ssw0rd');
  });
});
