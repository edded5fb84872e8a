import { Ght, parseGhtFile } from '@pfi/platform-settings';

/** The GHT file of the tests. */
export const GROUP_FILE = `version: 1
ght: { name: GHT de test }
identityDomains:
  - { key: nord, label: Nord, authority: { name: NORD, oid: 2.999.1 }, aliases: [{ name: IPP-NORD }] }
  - { key: sud, label: Sud, authority: { name: SUD, oid: 2.999.2 } }
legalEntities:
  - finess: '990000101'
    name: CH Nord
    domain: nord
    oidRoot: 2.999.10.1
    certificates: { authentication: a, signature: b }
    establishments:
      - { finess: '990000119', name: Nord 1 }
      - { finess: '990000127', name: Nord 2 }
  - finess: '990000200'
    name: CH Sud
    domain: sud
    certificates: { authentication: a, signature: b }
    establishments: [{ finess: '990000218', name: Sud 1 }]
units:
  - { code: '1010', establishment: '990000119', field: MCO }
  - { code: '1020', establishment: '990000127', field: MCO }
sources:
  - key: dpi
    application: DPI
    facility: NORD
    domain: nord
    legalEntities: ['990000101']
    defaultEstablishment: '990000119'
    messages: [MDM, ORU]
    separators: lenient
    completeIns: derive
    returnAddress: { host: 127.0.0.1, port: 1 }
  - key: dpi-refuse
    application: DPI-REFUSE
    facility: NORD
    domain: nord
    legalEntities: ['990000101']
    defaultEstablishment: '990000119'
    messages: [MDM]
    completeIns: refuse
    returnAddress: { host: 127.0.0.1, port: 1 }
  - key: ris
    application: RIS
    facility: NORD
    domain: nord
    legalEntities: ['990000101']
    defaultEstablishment: '990000119'
    messages: [MDM]
    completeIns: derive
    mayVouch: true
  - key: portail
    application: PORTAIL
    facility: NORD
    domain: nord
    legalEntities: ['990000101']
    defaultEstablishment: '990000119'
    messages: [REST]
    completeIns: derive
    mayVouch: true
    restClients: [client-portail]
  - key: dpi-sud
    application: DPI
    facility: SUD
    domain: sud
    legalEntities: ['990000200']
    defaultEstablishment: '990000218'
    messages: [MDM, REST]
    restClients: [client-sud]
channels: { dmp: true, mssPro: false, mssPatient: false }
`;

/** The group of the tests: two legal entities, sources of every kind. */
export const testGroup = (change: (file: string) => string = (file) => file): Ght =>
  new Ght(parseGhtFile(change(GROUP_FILE)));

/** The same group with its mail channels open, and a mailbox for CH Nord. */
export const mailGroup = (change: (file: string) => string = (file) => file): Ght =>
  testGroup((file) => change(withMail(file)));

const withMail = (file: string): string =>
  file.replace('mssPro: false, mssPatient: false', 'mssPro: true, mssPatient: true').replace(
    '    oidRoot: 2.999.10.1\n',
    `    oidRoot: 2.999.10.1
    mailbox: { address: pfi@nord.mssante.fr, displayName: CH Nord, certificate: m }
`,
  );

export const NORD = { domain: 'nord', authority: { name: 'NORD', oid: '2.999.1' }, owner: 'ej:990000101' } as const;
