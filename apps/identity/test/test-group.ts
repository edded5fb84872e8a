import { parseGhtFile, Ght } from '@pfi/platform-settings';

/** Two identity domains; the first has two legal entities behind one source. */
const FILE = `version: 1
ght: { name: GHT de test }
identityDomains:
  - key: nord
    label: Nord
    authority: { name: NORD, oid: 2.999.1 }
    aliases: [{ name: IPP-NORD }, { oid: 2.999.1.7 }]
  - key: sud
    label: Sud
    authority: { name: SUD, oid: 2.999.2 }
legalEntities:
  - finess: '990000101'
    name: CH Nord
    domain: nord
    certificates: { authentication: a, signature: b }
    establishments:
      - { finess: '990000119', name: Nord 1 }
      - { finess: '990000127', name: Nord 2 }
  - finess: '990000150'
    name: Clinique Nord
    domain: nord
    certificates: { authentication: a, signature: b }
    establishments: [{ finess: '990000168', name: Clinique }]
  - finess: '990000200'
    name: CH Sud
    domain: sud
    certificates: { authentication: a, signature: b }
    establishments: [{ finess: '990000218', name: Sud 1 }]
units:
  - { code: '1010', establishment: '990000119', field: MCO }
  - { code: '1020', establishment: '990000127', field: MCO }
  - { code: '5010', establishment: '990000168', field: MCO }
  - { code: '2010', establishment: '990000218', field: MCO }
sources:
  - key: gam-nord
    application: GAM
    facility: NORD
    domain: nord
    legalEntities: ['990000101', '990000150']
    defaultEstablishment: '990000119'
    messages: [ADT]
    separators: lenient
    processingIds: [P]
  - key: gam-sud
    application: GAM
    facility: SUD
    domain: sud
    legalEntities: ['990000200']
    defaultEstablishment: '990000218'
    messages: [ADT]
`;

/** The group of the tests; `edit` changes its file. */
export const testGroup = (edit: (file: string) => string = (file) => file): Ght => new Ght(parseGhtFile(edit(FILE)));
