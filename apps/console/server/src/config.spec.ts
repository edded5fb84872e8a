import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const here = import.meta.filename;
const env = {
  PFI_ENVIRONMENT: 'production',
  PFI_HTTP_PORT: '8080',
  PFI_GHT_FILE: here,
  PFI_DATABASE_URL: 'postgres://a:b@localhost/pfi',
  PFI_OIDC_CLIENT_ID: 'pfi-console',
  PFI_OIDC_CLIENT_SECRET_FILE: here,
  PFI_OIDC_ISSUERS: 'https://idp.example label="CHU de l’Été"',
  PFI_CONSOLE_PUBLIC_URL: 'https://pfi.example',
  PFI_CONSOLE_SITE_DIR: import.meta.dirname,
  PFI_IDENTITY_URL: 'http://identity:3001',
  PFI_DOCUMENTS_URL: 'http://documents:3002',
  PFI_DMP_GATEWAY_URL: 'http://dmp-gateway:3003',
  PFI_MSS_GATEWAY_URL: 'http://mss-gateway:3004',
  PFI_INDICATORS_URL: 'http://indicators:3005',
};
const problemsOf = (changed: Record<string, string | undefined>): string => {
  try {
    readConfig({ ...env, ...changed });
  } catch (error) {
    return (error as { problems: readonly string[] }).problems.join('\n');
  }
  return '';
};

describe('the environment of the console', () => {
  it('has limits of its own for sessions', () => {
    expect(readConfig(env)).toMatchObject({
      PFI_CONSOLE_SESSION_MAX: 36_000_000,
      PFI_CONSOLE_SESSION_IDLE: 1_800_000,
      PFI_OIDC_ISSUERS: [{ issuer: 'https://idp.example', label: 'CHU de l’Été' }],
    });
  });

  it('is refused in production when people or providers are spoken to in clear', () => {
    expect(problemsOf({ PFI_CONSOLE_PUBLIC_URL: 'http://pfi.example' })).toContain('PFI_CONSOLE_PUBLIC_URL');
    expect(problemsOf({ PFI_OIDC_ISSUERS: 'https://a.example,http://b.example' })).toContain('PFI_OIDC_ISSUERS');
  });

  it('is refused for a public address with a path: cookies and returns are of the whole origin', () => {
    expect(problemsOf({ PFI_CONSOLE_PUBLIC_URL: 'https://pfi.example/console' })).toContain('PFI_CONSOLE_PUBLIC_URL');
    expect(problemsOf({ PFI_CONSOLE_PUBLIC_URL: 'https://u:p@pfi.example' })).toContain('PFI_CONSOLE_PUBLIC_URL');
  });
});
