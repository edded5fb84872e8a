import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

describe('simulator configuration', () => {
  it('names every missing variable at once', () => {
    expect(() => readConfig({})).toThrow(/PFI_DMP_CA_FILE[^]*PFI_SIM_STATE_DIR[^]*PFI_SIM_TLS_CERT_FILE/);
  });

  it('refuses production', () => {
    expect(() => readConfig({ PFI_ENVIRONMENT: 'production' })).toThrow('les simulateurs sont interdits en production');
  });
});
