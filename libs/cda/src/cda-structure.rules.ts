import { parseIns } from '@pfi/health';
import type { CdaHeader, CdaWarning } from './cda.model.js';
import { hasTimeZone } from './time-zone.js';
import { attributeOf, descend } from './xml-tree.js';
import type { TreeElement } from './xml-tree.js';

const allowedNullFlavors = new Set(['UNK', 'NASK', 'ASKU', 'NAV', 'MSK']);

/** Where the CI-SIS forbids any nullFlavor (« structuration minimale »). */
const valued: readonly (readonly string[])[] = [
  ['id'],
  ['code'],
  ['title'],
  ['effectiveTime'],
  ['confidentialityCode'],
  ['languageCode'],
  ['setId'],
  ['versionNumber'],
  ['recordTarget'],
  ['recordTarget', 'patientRole'],
  ['recordTarget', 'patientRole', 'id'],
  ['recordTarget', 'patientRole', 'patient'],
  ['recordTarget', 'patientRole', 'patient', 'name'],
  ['author', 'assignedAuthor', 'id'],
  ['custodian'],
  ['legalAuthenticator', 'assignedEntity', 'id'],
  ['documentationOf', 'serviceEvent', 'effectiveTime'],
  ['documentationOf', 'serviceEvent', 'performer'],
  ['relatedDocument', 'parentDocument', 'id'],
  ['componentOf', 'encompassingEncounter', 'location', 'healthCareFacility', 'code'],
];

interface Rule {
  readonly code: string;
  readonly textFr: string;
  readonly broken: (header: CdaHeader, root: TreeElement) => boolean;
}

const missing = (element: string, path: readonly string[] = [element]): Rule => ({
  code: 'CDA_ELEMENT_MISSING',
  textFr: `Élément obligatoire absent de l’en-tête : ${element}.`,
  broken: (_header, root) => descend(root, ...path) === undefined,
});
const hasTemplate = (header: CdaHeader, oid: string): boolean => header.templateIds.some(({ root }) => root === oid);

const rules: readonly Rule[] = [
  ...[
    'realmCode',
    'typeId',
    'title',
    'effectiveTime',
    'confidentialityCode',
    'languageCode',
    'setId',
    'versionNumber',
  ].map((element) => missing(element)),
  ...['author', 'custodian', 'legalAuthenticator', 'documentationOf', 'componentOf'].map((element) => missing(element)),
  missing('serviceEvent/effectiveTime', ['documentationOf', 'serviceEvent', 'effectiveTime']),
  missing('healthCareFacility/code', [
    'componentOf',
    'encompassingEncounter',
    'location',
    'healthCareFacility',
    'code',
  ]),
  {
    code: 'ENCOUNTER_ID_MISSING',
    textFr: 'Le CDA ne porte pas le numéro de séjour (encompassingEncounter/id).',
    broken: ({ encounter }) => encounter?.id === undefined,
  },
  {
    code: 'PRACTICE_SETTING_MISSING',
    textFr: 'Le cadre d’exercice (standardIndustryClassCode) de l’exécutant est absent.',
    broken: ({ serviceEvents }) => serviceEvents.every(({ practiceSetting }) => practiceSetting === undefined),
  },
  {
    code: 'EFFECTIVE_TIME_INVALID',
    textFr: 'La date du document (effectiveTime) n’est pas une date HL7 valide.',
    broken: ({ effectiveTime, effectiveAt }) => effectiveTime !== '' && effectiveAt === null,
  },
  {
    code: 'EFFECTIVE_TIME_WITHOUT_ZONE',
    textFr: 'La date du document (effectiveTime) n’a pas de fuseau horaire : heure de Paris supposée.',
    broken: ({ effectiveTime, effectiveAt }) => effectiveAt !== null && !hasTimeZone(effectiveTime),
  },
  {
    code: 'ID_WITH_EXTENSION',
    textFr: 'L’identifiant du document porte une extension, que le DMP n’admet pas.',
    broken: ({ id }) => id.extension !== undefined,
  },
  {
    code: 'TITLE_TOO_LONG',
    textFr: 'Le titre du document dépasse 128 caractères.',
    broken: ({ title }) => title.length > 128,
  },
  {
    code: 'TEMPLATE_MISSING',
    textFr: 'Le CDA ne déclare pas sa conformité à HL7 France et au CI-SIS (templateId).',
    broken: (header) =>
      !hasTemplate(header, '2.16.840.1.113883.2.8.2.1') || !hasTemplate(header, '1.2.250.1.213.1.1.1.1'),
  },
  {
    code: 'INS_INVALID',
    textFr: 'Le matricule INS du CDA est mal formé ou sa clé est fausse.',
    broken: ({ patient: { ins } }) => {
      if (ins === undefined) return false;
      try {
        parseIns(ins.matricule, ins.oid);
        return false;
      } catch {
        return true;
      }
    },
  },
  {
    code: 'BIRTH_TRAITS_MISSING',
    textFr: 'Le nom ou les prénoms de naissance du patient sont absents du CDA.',
    broken: ({ patient: { traits } }) => traits.birthName === '' || traits.birthGivenNames === '',
  },
];

/** Breaches of the CI-SIS header that leave the document usable; many of the official samples have some. */
export function structureWarnings(header: CdaHeader, root: TreeElement): CdaWarning[] {
  const warnings: CdaWarning[] = rules
    .filter(({ broken }) => broken(header, root))
    .map(({ code, textFr }) => ({ code, textFr }));
  for (const path of valued) {
    if (atPath(root, path).some((element) => attributeOf(element, 'nullFlavor') !== undefined)) {
      warnings.push({
        code: 'NULL_FLAVOR_FORBIDDEN',
        textFr: `Valeur obligatoire remplacée par un nullFlavor : ${path.join('/')}.`,
      });
    }
  }
  if (hasUnknownNullFlavor(root)) {
    warnings.push({
      code: 'NULL_FLAVOR_UNKNOWN',
      textFr: 'L’en-tête utilise un nullFlavor hors UNK, NASK, ASKU, NAV, MSK.',
    });
  }
  return warnings;
}

function atPath(root: TreeElement, path: readonly string[]): TreeElement[] {
  return path.reduce<TreeElement[]>(
    (elements, name) => elements.flatMap(({ children }) => children.filter((child) => child.name === name)),
    [root],
  );
}

function hasUnknownNullFlavor(element: TreeElement): boolean {
  const nullFlavor = attributeOf(element, 'nullFlavor');
  return (
    (nullFlavor !== undefined && !allowedNullFlavors.has(nullFlavor)) || element.children.some(hasUnknownNullFlavor)
  );
}
