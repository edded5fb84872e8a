import { isOid, toInstant } from '@pfi/health';
import type { Coded } from '@pfi/health';
import { CdaFault } from './cda.fault.js';
import type { InstanceIdentifier, RelatedDocument } from './cda.model.js';
import type { CdaN1Input, N1Organisation, N1Professional } from './cda-n1.model.js';
import { hasTimeZone } from './time-zone.js';
import { patientIdXml, personXml, xmlValue } from './patient.markup.js';

const NORMAL: Coded = { code: 'N', system: '2.16.840.1.113883.5.25', label: 'Normal' };
const HOSPITAL: Coded = { code: 'ETABLISSEMENT', system: '1.2.250.1.213.1.1.4.9', label: 'Etablissement de santé' };
const NO_CONTACT = '<addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/>';
const FOOTER = Buffer.from('</text></nonXMLBody></component></ClinicalDocument>\n');
/** A multiple of 3, so that the pieces of base64 join without padding. */
const CHUNK = 3 * 16 * 1024;

/**
 * Wraps a PDF in a CI-SIS level 1 document (« structuration minimale », IHE XDS-SD). The same input gives the same bytes.
 * @throws CdaFault CDA_INPUT_INVALID
 */
export function buildCdaN1(input: CdaN1Input): Buffer {
  check(input);
  const header = Buffer.from(headerXml(input));
  const encoded = 4 * Math.ceil(input.pdf.length / 3);
  const document = Buffer.allocUnsafe(header.length + encoded + FOOTER.length);
  let at = header.copy(document);
  for (let from = 0; from < input.pdf.length; from += CHUNK) {
    at += document.write(input.pdf.toString('base64', from, Math.min(from + CHUNK, input.pdf.length)), at, 'latin1');
  }
  FOOTER.copy(document, at);
  return document;
}

function check(input: CdaN1Input): void {
  const refuse = (textFr: string): never => {
    throw new CdaFault('CDA_INPUT_INVALID', textFr);
  };
  const { title, patient, relatedDocument, serviceEvent, encounter } = input;
  if (!isOid(input.id) || !isOid(input.setId))
    refuse('L’identifiant du document et celui de son lot doivent être des OID.');
  if (!Number.isSafeInteger(input.version) || input.version < 1)
    refuse('Le numéro de version doit être un entier positif.');
  if (title.trim() === '' || title.length > 128) refuse('Le titre doit compter de 1 à 128 caractères.');
  if (patient.traits.birthName === '') refuse('Le nom de naissance du patient est obligatoire.');
  if (patient.ins === undefined && patient.localIds.length === 0)
    refuse('Le patient doit avoir un INS ou un identifiant local.');
  if (relatedDocument !== undefined && !isOid(relatedDocument.parentId.root))
    refuse('L’identifiant du document remplacé doit être un OID.');
  if (!hasTimeZone(input.effectiveTime)) refuse('La date du document doit porter un fuseau horaire.');
  const times = [input.effectiveTime, serviceEvent.start, serviceEvent.stop, encounter.start, encounter.stop];
  if (times.some((time) => time !== undefined && toInstant(time) === undefined))
    refuse('Une date de l’en-tête n’est pas une date HL7.');
  if (!input.pdf.subarray(0, 1024).includes('%PDF-')) refuse('Le fichier fourni n’est pas un PDF.');
}

function headerXml(input: CdaN1Input): string {
  const { patient, author, custodian } = input;
  const ids = [
    ...(patient.ins === undefined ? [] : [{ root: patient.ins.oid, extension: patient.ins.matricule }]),
    ...patient.localIds,
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3">',
    '<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>',
    '<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>',
    '<templateId root="1.3.6.1.4.1.19376.1.2.20"/>',
    idXml('id', { root: input.id }),
    codedXml('code', input.typeCode),
    `<title>${xmlValue(input.title)}</title>`,
    valueXml('effectiveTime', input.effectiveTime),
    codedXml('confidentialityCode', input.confidentiality ?? NORMAL),
    '<languageCode code="fr-FR"/>',
    idXml('setId', { root: input.setId }),
    valueXml('versionNumber', String(input.version)),
    `<recordTarget><patientRole>${ids.map((id) => patientIdXml('', id)).join('')}${NO_CONTACT}`,
    `<patient>${personXml('', patient.traits)}</patient></patientRole></recordTarget>`,
    authorXml(author, input),
    '<custodian><assignedCustodian><representedCustodianOrganization>',
    `${idXml('id', custodian.id)}<name>${xmlValue(custodian.name)}</name>`,
    '</representedCustodianOrganization></assignedCustodian></custodian>',
    legalAuthenticatorXml(input.legalAuthenticator ?? author, input),
    serviceEventXml(input),
    relatedDocumentXml(input.relatedDocument),
    encounterXml(input),
    '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">',
  ].join('');
}

function authorXml(author: N1Professional, input: CdaN1Input): string {
  const organisation = author.organisation ?? input.custodian;
  return (
    `<author>${valueXml('time', author.time ?? input.effectiveTime)}<assignedAuthor>${idXml('id', author.id)}` +
    `${codedXml('code', author.code)}${NO_CONTACT}${assignedPersonXml(author)}` +
    `${organisationXml(organisation)}</assignedAuthor></author>`
  );
}

function legalAuthenticatorXml(person: N1Professional, input: CdaN1Input): string {
  return (
    `<legalAuthenticator>${valueXml('time', person.time ?? input.effectiveTime)}<signatureCode code="S"/>` +
    `${assignedEntityXml(person, organisationXml(person.organisation ?? input.custodian))}</legalAuthenticator>`
  );
}

function serviceEventXml(input: CdaN1Input): string {
  const { serviceEvent } = input;
  const performer = serviceEvent.performer ?? input.author;
  const organisation = organisationXml(performer.organisation ?? input.custodian, input.practiceSetting ?? HOSPITAL);
  return (
    `<documentationOf><serviceEvent>${codedXml('code', serviceEvent.code)}${intervalXml(serviceEvent)}` +
    `<performer typeCode="PRF">${assignedEntityXml(performer, organisation)}</performer></serviceEvent></documentationOf>`
  );
}

function assignedEntityXml(person: N1Professional, organisation: string): string {
  return (
    `<assignedEntity>${idXml('id', person.id)}${codedXml('code', person.code)}${NO_CONTACT}` +
    `${assignedPersonXml(person)}${organisation}</assignedEntity>`
  );
}

function assignedPersonXml({ name }: N1Professional): string {
  const part = (element: string, value: string | undefined): string =>
    value === undefined || value === '' ? '' : `<${element}>${xmlValue(value)}</${element}>`;
  return (
    `<assignedPerson><name>${part('prefix', name.prefix)}${part('given', name.given)}` +
    `${part('family', name.family)}${part('suffix', name.suffix)}</name></assignedPerson>`
  );
}

function organisationXml(organisation: N1Organisation, practiceSetting?: Coded): string {
  return (
    `<representedOrganization>${idXml('id', organisation.id)}<name>${xmlValue(organisation.name)}</name>` +
    `${codedXml('standardIndustryClassCode', practiceSetting)}</representedOrganization>`
  );
}

function relatedDocumentXml(related: RelatedDocument | undefined): string {
  if (related === undefined) return '';
  return (
    `<relatedDocument typeCode="${xmlValue(related.typeCode)}"><parentDocument>${idXml('id', related.parentId)}` +
    (related.parentSetId === undefined ? '' : idXml('setId', related.parentSetId)) +
    (related.parentVersion === undefined ? '' : valueXml('versionNumber', String(related.parentVersion))) +
    '</parentDocument></relatedDocument>'
  );
}

function encounterXml({ encounter, facilityType }: CdaN1Input): string {
  return (
    `<componentOf><encompassingEncounter>${encounter.id === undefined ? '' : idXml('id', encounter.id)}` +
    `${codedXml('code', encounter.code)}${intervalXml(encounter)}<location><healthCareFacility>` +
    `${codedXml('code', facilityType)}</healthCareFacility></location></encompassingEncounter></componentOf>`
  );
}

function intervalXml({ start, stop }: { readonly start: string; readonly stop?: string }): string {
  return `<effectiveTime>${valueXml('low', start)}${stop === undefined ? '' : valueXml('high', stop)}</effectiveTime>`;
}

function valueXml(element: string, value: string): string {
  return `<${element} value="${xmlValue(value)}"/>`;
}

function idXml(element: string, id: InstanceIdentifier): string {
  const extension = id.extension === undefined ? '' : ` extension="${xmlValue(id.extension)}"`;
  return `<${element} root="${xmlValue(id.root)}"${extension}/>`;
}

function codedXml(element: string, coded: Coded | undefined): string {
  if (coded === undefined) return '';
  const label = coded.label === '' ? '' : ` displayName="${xmlValue(coded.label)}"`;
  return `<${element} code="${xmlValue(coded.code)}"${label} codeSystem="${xmlValue(coded.system)}"/>`;
}
