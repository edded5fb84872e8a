import { describe, expect, it } from '@jest/globals';
import { Ght, parseGhtFile } from '@pfi/platform-settings';
import { admitSource, type SenderHeader } from './source-admission.js';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const ght = new Ght(
  parseGhtFile(`version: 1
ght: { name: Essai }
identityDomains: [{ key: a, label: A, authority: { name: A, oid: 2.999.1 } }]
legalEntities:
  - finess: '990000101'
    name: EJ A
    domain: a
    certificates: { authentication: a, signature: b }
    establishments: [{ finess: '990000119', name: EG A }]
sources:
  - { key: gam, application: GAM, facility: A, domain: a, legalEntities: ['990000101'], defaultEstablishment: '990000119', messages: [ADT] }
  - key: dpi
    application: DPI
    facility: A
    domain: a
    legalEntities: ['990000101']
    defaultEstablishment: '990000119'
    messages: [MDM]
    clientCertificates: ['${FINGERPRINT}']
`),
);
const header = (change: Partial<SenderHeader> = {}): SenderHeader => ({
  application: 'GAM',
  facility: 'A',
  processingId: 'P',
  messageType: 'ADT',
  ...change,
});
const refusal = (said: SenderHeader, fingerprint256?: string): unknown => {
  try {
    return admitSource(ght, said, fingerprint256 ? { subject: 'CN=x', fingerprint256 } : undefined).key;
  } catch (error) {
    const { code, hl7Code, location } = error as { code: string; hl7Code: string; location: string };
    return [code, hl7Code, location];
  }
};

describe('the source behind a header', () => {
  it('is the one that declared this application and facility', () => {
    expect(refusal(header())).toBe('gam');
  });

  it.each([
    ['an unknown application', { application: 'X' }, ['SOURCE_NOT_ALLOWED', '207', 'MSH^1^3']],
    ['another facility', { facility: 'B' }, ['SOURCE_NOT_ALLOWED', '207', 'MSH^1^3']],
    ['a type that it does not send', { messageType: 'MDM' }, ['MESSAGE_TYPE_UNSUPPORTED', '200', 'MSH^1^9']],
    [
      'a test message on a platform of production',
      { processingId: 'T' },
      ['PROCESSING_ID_UNSUPPORTED', '202', 'MSH^1^11'],
    ],
  ])('is refused for %s', (_what, change, expected) => {
    expect(refusal(header(change))).toEqual(expected);
  });

  it('must show its own certificate when it has one', () => {
    const dpi = header({ application: 'DPI', messageType: 'MDM' });
    expect(refusal(dpi, FINGERPRINT)).toBe('dpi');
    expect(refusal(dpi)).toEqual(['SOURCE_NOT_ALLOWED', '207', 'MSH^1^4']);
    expect(refusal(dpi, FINGERPRINT.replaceAll('AB', 'CD'))).toEqual(['SOURCE_NOT_ALLOWED', '207', 'MSH^1^4']);
  });
});
