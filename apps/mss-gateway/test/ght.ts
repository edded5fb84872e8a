import { Ght, parseGhtFile } from '@pfi/platform-settings';

/** What a test may shorten or narrow in the GHT file. */
export interface GhtChanges {
  readonly delays?: { readonly retry?: object; readonly smtp?: object };
  readonly circuitBreaker?: object;
  readonly mss?: object;
  readonly mailbox?: object;
}

/** A group of one legal entity with a mailbox, its delays about a thousand times shorter than in life. */
export function testGht(finess: string, address: string, changes: GhtChanges = {}): Ght {
  const file = {
    version: 1,
    ght: { name: 'GHT de test' },
    identityDomains: [{ key: 'a', label: 'A', authority: { name: 'A', oid: '2.999.1' } }],
    legalEntities: [
      {
        ...{ finess, name: 'EJ', domain: 'a' },
        certificates: { authentication: 'auth', signature: 'sign' },
        mailbox: {
          ...{ address, displayName: 'PFI de test', certificate: 'mail' },
          ...{ imapSignIn: 'password', passwordSecret: 'mail-password' },
          ...changes.mailbox,
        },
        establishments: [{ finess: '990000119', name: 'Hôpital de test' }],
      },
    ],
    sources: [
      {
        ...{ key: 'dpi', application: 'DPI', facility: 'A', domain: 'a', legalEntities: [finess] },
        ...{ defaultEstablishment: '990000119', messages: ['MDM'] },
      },
    ],
    delays: {
      retry: { base: 'PT0.01S', cap: 'PT0.05S', ...changes.delays?.retry },
      smtp: {
        ...{ connectTimeout: 'PT5S', commandTimeout: 'PT5S', finalDotTimeout: 'PT5S' },
        ...{ firstRetry: 'PT0.02S', resendUnknownAfter: 'PT0.1S' },
        ...changes.delays?.smtp,
      },
    },
    circuitBreaker: { probeEvery: 'PT0.05S', ...changes.circuitBreaker },
    mss: { productNumber: 'PFI-TEST', pollEvery: 'PT0.2S', ...changes.mss },
  };
  return new Ght(parseGhtFile(JSON.stringify(file), { env: {} }));
}
