import { parseDocument } from 'yaml';
import { parseGhtFile, type GhtFileOptions } from '../src/ght/ght-file.js';
import { SettingsError } from '../src/settings.errors.js';

/** The smallest file with two of everything that may collide. */
export const SMALL = `version: 1
ght:
  name: Petit GHT
identityDomains:
  - key: a
    label: Domaine A
    authority:
      name: A
      oid: 2.999.1
  - key: b
    label: Domaine B
    authority:
      name: B
      oid: 2.999.2
legalEntities:
  - finess: '990000101'
    name: EJ A
    domain: a
    certificates: { authentication: auth-a, signature: sign-a }
    establishments:
      - { finess: '990000119', name: EG A }
  - finess: '990000200'
    name: EJ B
    domain: b
    certificates: { authentication: auth-b, signature: sign-b }
    establishments:
      - { finess: '990000218', name: EG B }
units:
  - code: '10'
    establishment: '990000119'
    field: MCO
sources:
  - key: gam
    application: GAM
    facility: A
    domain: a
    legalEntities: ['990000101']
    defaultEstablishment: '990000119'
    messages: [ADT]
people:
  - subject: agent
    roles: [reader]
    scopes: [ej:990000101]
`;

/** The small file with some values changed, given by their path. */
export function changed(...changes: [path: (string | number)[], value: unknown][]): string {
  const document = parseDocument(SMALL);
  for (const [path, value] of changes) document.setIn(path, document.createNode(value));
  return document.toString();
}

export function refusal(text: string, options: GhtFileOptions = { env: {} }): readonly string[] {
  try {
    parseGhtFile(text, options);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('the file was accepted');
}

/** Problems without the line they stand at. */
export const withoutLines = (problems: readonly string[]) =>
  problems.map((problem) => problem.replace(/^ligne \d+ : /, ''));
