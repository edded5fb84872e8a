import { nationalPersons, nationalStructures } from './ebrim.constants.js';
import type { XdsAuthor, XdsCode, XdsOrganisation, XdsPatientId, XdsPerson } from './model.js';

/** HL7 v2 data types as XDS metadata values (CX, XCN, XON, CE). */

const escapes: Record<string, string> = { '\\': '\\E\\', '^': '\\S\\', '&': '\\T\\', '|': '\\F\\', '~': '\\R\\' };
const unescapes: Record<string, string> = { E: '\\', S: '^', T: '&', F: '|', R: '~' };

function escape(text: string): string {
  return text.replace(/[\\^&|~]/g, (character) => escapes[character] ?? character).replace(/[\r\n\t]+/g, ' ');
}

function unescape(text: string | undefined): string {
  return (text ?? '').replace(/\\([ESTFR])\\/g, (_whole, letter: string) => unescapes[letter] ?? '');
}

function authorityOid(component: string | undefined): string {
  return component?.split('&')[1] ?? '';
}

/** The national identifier of a person: an RPPS number (11 digits) takes its prefix 8; any other id is left as it is. */
export function nationalPersonId(person: Pick<XdsPerson, 'id' | 'idType'>): string {
  return person.idType === 'RPPS' && person.id.length === 11 ? `8${person.id}` : person.id;
}

/** The national identifier of a structure: a FINESS number (9 characters) takes its prefix 1; any other id is left as it is. */
export function nationalStructureId(organisation: Pick<XdsOrganisation, 'id' | 'idType'>): string {
  const finess = organisation.idType === 'FINEJ' || organisation.idType === 'FINEG';
  return finess && organisation.id.length === 9 ? `1${organisation.id}` : organisation.id;
}

/** `279035121518989^^^&1.2.250.1.213.1.4.8&ISO^NH` */
export function patientIdCx(patient: XdsPatientId, type: 'NH' | 'PI'): string {
  return `${escape(patient.value)}^^^&${escape(patient.oid)}&ISO^${type}`;
}

export function readCx(value: string): XdsPatientId {
  const components = value.split('^');
  return { value: unescape(components[0]), oid: authorityOid(components[3]) };
}

/** `801234560801^CHIRURG^Anne^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS` */
export function personXcn(person: XdsPerson): string {
  const national = person.idType === 'RPPS' || person.idType === 'IDNPS';
  const authority = national ? nationalPersons : person.idAuthority;
  const id = escape(nationalPersonId(person));
  const type = national ? 'IDNPS' : escape(person.idType);
  return `${id}^${escape(person.family)}^${escape(person.given)}^^^^^^&${escape(authority)}&ISO^D^^^${type}`;
}

export function readXcn(value: string): XdsPerson {
  const components = value.split('^');
  return {
    id: unescape(components[0]),
    family: unescape(components[1]),
    given: unescape(components[2]),
    idAuthority: authorityOid(components[8]),
    idType: unescape(components[12]),
  };
}

/** `CHU X^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1120456789` */
export function organisationXon(organisation: XdsOrganisation): string {
  const id = escape(nationalStructureId(organisation));
  return `${escape(organisation.name)}^^^^^&${nationalStructures}&ISO^IDNST^^^${id}`;
}

export function readXon(value: string): XdsOrganisation {
  const components = value.split('^');
  return { name: unescape(components[0]), idType: unescape(components[6]), id: unescape(components[9]) };
}

/** `^<device>^^^^^^^^U^^^RI`: a device has no national id, so no identifier and no authority. */
export function deviceXcn(device: string): string {
  return `^${escape(device)}^^^^^^^^U^^^RI`;
}

/** `G15_10/SM26^Médecin - Médecine générale^1.2.250.1.213.1.1.4.5` */
export function specialityCe(code: XdsCode): string {
  return `${escape(code.code)}^${escape(code.label)}^${escape(code.system)}`;
}

export function readCe(value: string): XdsCode {
  const components = value.split('^');
  return { code: unescape(components[0]), label: unescape(components[1]), system: unescape(components[2]) };
}

/** Reads the slots of an author classification. */
export function readAuthor(slots: ReadonlyMap<string, readonly string[]>): XdsAuthor {
  const authorPerson = slots.get('authorPerson')?.[0];
  const organisation = slots.get('authorInstitution')?.[0];
  const speciality = slots.get('authorSpecialty')?.[0];
  const isDevice = authorPerson !== undefined && authorPerson.split('^')[9] === 'U';
  return {
    person: authorPerson !== undefined && !isDevice ? readXcn(authorPerson) : null,
    device: authorPerson !== undefined && isDevice ? unescape(authorPerson.split('^')[1]) : null,
    organisation: organisation === undefined ? null : readXon(organisation),
    speciality: speciality === undefined ? null : readCe(speciality),
  };
}

/**
 * Values of the slot sourcePatientInfo: PID-5 (birth name and first birth given name, type L), PID-7, PID-8.
 * @param traits birthDate as `YYYY-MM-DD`
 */
export function sourcePatientInfo(traits: {
  readonly birthName: string;
  readonly birthGivenNames: string;
  readonly birthFirstGivenName?: string | null;
  readonly birthDate?: string | null;
  readonly sex: string;
}): string[] {
  const given = traits.birthFirstGivenName ?? traits.birthGivenNames;
  const values = [`PID-5|${escape(traits.birthName)}^${escape(given)}^^^^^L`];
  if (traits.birthDate) values.push(`PID-7|${traits.birthDate.replaceAll('-', '')}`);
  values.push(`PID-8|${escape(traits.sex)}`);
  return values;
}
