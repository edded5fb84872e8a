import { isInsOid, toInstant } from '@pfi/health';
import type { Coded, Ins, PatientTraits } from '@pfi/health';
import { CdaFault } from './cda.fault.js';
import type {
  Author,
  CdaHeader,
  CdaPatient,
  Encounter,
  InstanceIdentifier,
  Organisation,
  Participant,
  PatientIdentifier,
  PersonName,
  RelatedDocument,
  ServiceEvent,
} from './cda.model.js';
import { attributeOf, childrenOf, descend } from './xml-tree.js';
import type { TreeElement } from './xml-tree.js';

type Maybe<T> = T | undefined;

const invalid = (textFr: string): CdaFault => new CdaFault('CDA_INVALID', textFr);

/**
 * Reads the header of `ClinicalDocument` (CI-SIS « structuration minimale »).
 * @throws CdaFault CDA_INVALID when nothing can be done with the document: no id, no code, not exactly one patient
 */
export function readHeader(root: TreeElement): CdaHeader {
  const id = identifierOf(single(root, 'id', 'identifiant (id)'));
  if (id === undefined) throw invalid('Le CDA n’a pas d’identifiant (id/@root).');
  const code = codedOf(single(root, 'code', 'type (code)'));
  if (code === undefined) throw invalid('Le CDA n’a pas de type de document (code/@code).');
  const effectiveTime = attributeOf(descend(root, 'effectiveTime'), 'value') ?? '';
  const serviceEvents = childrenOf(root, 'documentationOf')
    .flatMap((element) => childrenOf(element, 'serviceEvent'))
    .map(serviceEventOf);
  return {
    id,
    ...optional('setId', identifierOf(descend(root, 'setId'))),
    ...optional('versionNumber', integerOf(descend(root, 'versionNumber'))),
    code,
    title: descend(root, 'title')?.text ?? '',
    effectiveTime,
    effectiveAt: toInstant(effectiveTime) ?? null,
    languageCode: attributeOf(descend(root, 'languageCode'), 'code') ?? '',
    confidentiality: codedOf(descend(root, 'confidentialityCode')) ?? { code: '', system: '', label: '' },
    templateIds: identifiersOf(root, 'templateId'),
    patient: patientOf(root),
    authors: childrenOf(root, 'author').map(authorOf),
    ...optional('custodian', custodianOf(root)),
    ...optional('legalAuthenticator', participantOf(descend(root, 'legalAuthenticator'), 'assignedEntity')),
    serviceEvents,
    ...optional('encounter', encounterOf(descend(root, 'componentOf', 'encompassingEncounter'))),
    ...optional('relatedDocument', relatedDocumentOf(root)),
    eventCodes: serviceEvents.flatMap(({ code: event }) => (event === undefined ? [] : [event])),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function single(root: TreeElement, name: string, labelFr: string): Maybe<TreeElement> {
  const found = childrenOf(root, name);
  if (found.length > 1) throw invalid(`Le CDA a plusieurs fois l’élément ${labelFr}.`);
  return found[0];
}

function identifierOf(element: Maybe<TreeElement>): Maybe<InstanceIdentifier> {
  const root = attributeOf(element, 'root');
  if (root === undefined) return undefined;
  return { root, ...optional('extension', attributeOf(element, 'extension')) };
}

function identifiersOf(parent: Maybe<TreeElement>, name = 'id'): InstanceIdentifier[] {
  return childrenOf(parent, name).flatMap((element) => identifierOf(element) ?? []);
}

function codedOf(element: Maybe<TreeElement>): Maybe<Coded> {
  const code = attributeOf(element, 'code');
  if (code === undefined) return undefined;
  return { code, system: attributeOf(element, 'codeSystem') ?? '', label: attributeOf(element, 'displayName') ?? '' };
}

function integerOf(element: Maybe<TreeElement>): Maybe<number> {
  const value = attributeOf(element, 'value');
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** `low` and `high` of an interval; a single `value` is its start. */
function intervalOf(element: Maybe<TreeElement>): { start?: string; stop?: string } {
  const time = descend(element, 'effectiveTime');
  return {
    ...optional('start', attributeOf(descend(time, 'low'), 'value') ?? attributeOf(time, 'value')),
    ...optional('stop', attributeOf(descend(time, 'high'), 'value')),
  };
}

function patientOf(root: TreeElement): CdaPatient {
  const targets = childrenOf(root, 'recordTarget');
  if (targets.length > 1) throw invalid('Le CDA concerne plusieurs patients (recordTarget) : un seul est admis.');
  const roles = childrenOf(targets[0], 'patientRole');
  const people = childrenOf(roles[0], 'patient');
  const [role, person] = [roles[0], people[0]];
  if (role === undefined || person === undefined || roles.length > 1 || people.length > 1) {
    throw invalid('Le CDA ne désigne pas un patient (recordTarget/patientRole/patient), et un seul.');
  }
  const ids = identifiersOf(role).filter((id): id is PatientIdentifier => id.extension !== undefined);
  return { ids, ...optional('ins', insOf(ids)), traits: traitsOf(person) };
}

function insOf(ids: readonly PatientIdentifier[]): Maybe<Ins> {
  const candidates = ids.filter(({ root }) => isInsOid(root));
  const first = candidates[0];
  if (first === undefined) return undefined;
  if (candidates.some(({ root, extension }) => root !== first.root || extension !== first.extension)) {
    throw invalid('Le CDA porte plusieurs INS différents pour le patient.');
  }
  return { matricule: first.extension, oid: first.root };
}

function traitsOf(person: TreeElement): PatientTraits {
  const parts = childrenOf(person, 'name').flatMap(({ children }) => children);
  const part = (name: string, qualifier: string | undefined): Maybe<string> => {
    const found = parts.find(
      (child) => child.name === name && attributeOf(child, 'qualifier') === qualifier && child.text !== '',
    );
    return found?.text.replace(/\s+/g, ' ');
  };
  const givens = parts.filter((child) => child.name === 'given' && attributeOf(child, 'qualifier') === undefined);
  const first = part('given', 'BR');
  const birth = /^(\d{4})(\d{2})(\d{2})/.exec(attributeOf(descend(person, 'birthTime'), 'value') ?? '');
  const sex = attributeOf(descend(person, 'administrativeGenderCode'), 'code');
  const birthPlace = descend(person, 'birthplace', 'place', 'addr', 'county')?.text;
  return {
    birthName: part('family', 'BR') ?? part('family', undefined) ?? '',
    birthGivenNames:
      givens
        .map(({ text }) => text.replace(/\s+/g, ' '))
        .join(' ')
        .trim() ||
      (first ?? ''),
    ...optional('birthFirstGivenName', first),
    ...optional('usedName', part('family', 'CL')),
    ...optional('usedGivenName', part('given', 'CL')),
    ...optional('birthDate', birth === null ? undefined : `${birth[1]}-${birth[2]}-${birth[3]}`),
    sex: sex === 'M' || sex === 'F' ? sex : 'U',
    ...optional('birthPlace', birthPlace === '' ? undefined : birthPlace),
  };
}

function personOf(element: Maybe<TreeElement>): Maybe<PersonName> {
  const name = descend(element, 'name');
  if (name === undefined) return undefined;
  const join = (part: string): string =>
    childrenOf(name, part)
      .map(({ text }) => text)
      .join(' ')
      .trim();
  return {
    family: join('family') || (name.children.length === 0 ? name.text : ''),
    given: join('given'),
    ...optional('prefix', join('prefix') || undefined),
    ...optional('suffix', join('suffix') || undefined),
  };
}

function organisationOf(element: Maybe<TreeElement>): Maybe<Organisation> {
  if (element === undefined) return undefined;
  return {
    ids: identifiersOf(element),
    ...optional('name', descend(element, 'name')?.text || undefined),
    ...optional('practiceSetting', codedOf(descend(element, 'standardIndustryClassCode'))),
  };
}

function participantOf(element: Maybe<TreeElement>, entity: string): Maybe<Participant> {
  if (element === undefined) return undefined;
  const assigned = descend(element, entity);
  return {
    ...optional('time', attributeOf(descend(element, 'time'), 'value')),
    ids: identifiersOf(assigned),
    ...optional('code', codedOf(descend(assigned, 'code'))),
    ...optional('person', personOf(descend(assigned, 'assignedPerson'))),
    ...optional('organisation', organisationOf(descend(assigned, 'representedOrganization'))),
  };
}

function authorOf(element: TreeElement): Author {
  const participant = participantOf(element, 'assignedAuthor') as Participant;
  const device = descend(element, 'assignedAuthor', 'assignedAuthoringDevice');
  if (device === undefined) return participant;
  return {
    ...participant,
    device: {
      ...optional('model', descend(device, 'manufacturerModelName')?.text || undefined),
      ...optional('software', descend(device, 'softwareName')?.text || undefined),
    },
  };
}

function custodianOf(root: TreeElement): Maybe<Organisation> {
  return organisationOf(descend(root, 'custodian', 'assignedCustodian', 'representedCustodianOrganization'));
}

function serviceEventOf(element: TreeElement): ServiceEvent {
  const performer = participantOf(descend(element, 'performer'), 'assignedEntity');
  return {
    ...optional('code', codedOf(descend(element, 'code'))),
    ...intervalOf(element),
    ...optional('performer', performer),
    ...optional('practiceSetting', performer?.organisation?.practiceSetting),
  };
}

function encounterOf(element: Maybe<TreeElement>): Maybe<Encounter> {
  if (element === undefined) return undefined;
  const facility = descend(element, 'location', 'healthCareFacility');
  return {
    ...optional('id', identifierOf(descend(element, 'id'))),
    ...optional('code', codedOf(descend(element, 'code'))),
    ...intervalOf(element),
    ...optional('facilityType', codedOf(descend(facility, 'code'))),
    ...optional('facilityId', identifierOf(descend(facility, 'id'))),
  };
}

/** The replaced document when there is one: a transformation beside it says nothing about the lineage. */
function relatedDocumentOf(root: TreeElement): Maybe<RelatedDocument> {
  const all = childrenOf(root, 'relatedDocument').flatMap((element) => {
    const parent = descend(element, 'parentDocument');
    const parentId = identifierOf(descend(parent, 'id'));
    const typeCode = attributeOf(element, 'typeCode');
    if (parentId === undefined || typeCode === undefined) return [];
    return {
      typeCode,
      parentId,
      ...optional('parentSetId', identifierOf(descend(parent, 'setId'))),
      ...optional('parentVersion', integerOf(descend(parent, 'versionNumber'))),
    };
  });
  return all.find(({ typeCode }) => typeCode === 'RPLC') ?? all[0];
}
