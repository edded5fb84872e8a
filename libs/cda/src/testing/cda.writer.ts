import { insKey } from '@pfi/health';
import type { Coded, Ins, PatientTraits } from '@pfi/health';
import type { PatientIdentifier, RelatedDocument } from '../cda.model.js';

/** A deliberate fault of the written document. */
export type CdaDefect =
  | 'doctype'
  | 'malformed-body'
  | 'no-id'
  | 'no-code'
  | 'no-patient'
  | 'no-body'
  | 'two-record-targets'
  | 'wrong-namespace'
  | 'no-set-id'
  | 'no-encounter-id'
  | 'no-zone'
  | 'deep'
  | 'utf-16';

/** Everything has a default; two documents of the same spec are equal byte for byte. */
export interface CdaTestSpec {
  /** OID of the document. */
  id?: string;
  setId?: string;
  version?: number;
  typeCode?: Coded;
  title?: string;
  effectiveTime?: string;
  /** `null`: no INS in the header. Default: a test NIR. */
  ins?: Ins | null;
  localIds?: readonly PatientIdentifier[];
  traits?: Partial<PatientTraits>;
  /** National ids, prefix digit included. */
  authorId?: string;
  structureId?: string;
  /** Visit number; root is the authority of the visit. */
  encounter?: PatientIdentifier;
  relatedDocument?: RelatedDocument;
  /** N1: the body; N3: the copy in the section FR-Document-PDF-copie (absent by default). */
  pdf?: Buffer;
  /** The result has at least this size in bytes. */
  minBytes?: number;
  defects?: readonly CdaDefect[];
}

const nir13 = '2790599350042';
export const testIns: Ins = { matricule: nir13 + insKey(nir13), oid: '1.2.250.1.213.1.4.10' };

const testTraits: PatientTraits = {
  birthName: 'ESSAI-CHÊNE',
  birthGivenNames: 'JEANNE ÉLISE',
  birthFirstGivenName: 'JEANNE',
  birthDate: '1979-05-12',
  sex: 'F',
  birthPlace: '35238',
};
const letter: Coded = { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison à la sortie' };
const pdfShell = '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n';

export function writeCdaN1ForTests(spec: CdaTestSpec = {}): Buffer {
  return writeCdaForTests('N1', spec);
}

export function writeCdaN3ForTests(spec: CdaTestSpec = {}): Buffer {
  return writeCdaForTests('N3', spec);
}

/** Writes a synthetic French CDA R2 document, on its own: shares no code with the readers and builders it helps to test. */
export function writeCdaForTests(level: 'N1' | 'N3', spec: CdaTestSpec = {}): Buffer {
  const has = (defect: CdaDefect): boolean => spec.defects?.includes(defect) ?? false;
  const header = headerOf(level, spec, has);
  const room = (spec.minBytes ?? 0) - Buffer.byteLength(header);
  const body = has('no-body') ? '' : level === 'N1' ? unstructured(spec, room) : structured(spec, room);
  const faulty = has('malformed-body') ? body.replace('</component>', '</text></component>') : body;
  const deep = has('deep') ? `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}` : '';
  const xml = `${header}${faulty}${deep}</ClinicalDocument>\n`;
  return has('utf-16') ? Buffer.from(`\ufeff${xml}`, 'utf16le') : Buffer.from(xml);
}

function headerOf(level: 'N1' | 'N3', spec: CdaTestSpec, has: (defect: CdaDefect) => boolean): string {
  const id = spec.id ?? '1.2.250.1.999.1.1.1';
  const type = spec.typeCode ?? letter;
  const at = has('no-zone') ? '20260102101500' : (spec.effectiveTime ?? '20260102101500+0100');
  const author = `<id root="1.2.250.1.71.4.2.1" extension="${spec.authorId ?? '810000000001'}"/>`;
  const structure = `<id root="1.2.250.1.71.4.2.2" extension="${spec.structureId ?? '1350000012'}"/><name>CH DES ESSAIS</name>`;
  const person = '<assignedPerson><name><family>MÉDECIN</family><given>Anne</given></name></assignedPerson>';
  const visit = spec.encounter ?? { root: '1.2.250.1.999.3', extension: '26000001' };
  const patient = has('no-patient') ? '' : recordTarget(spec);
  return `<?xml version="1.0" encoding="${has('utf-16') ? 'UTF-16' : 'UTF-8'}"?>
${has('doctype') ? '<!DOCTYPE ClinicalDocument [<!ENTITY e "x">]>\n' : ''}<ClinicalDocument xmlns="${has('wrong-namespace') ? 'urn:example:other' : 'urn:hl7-org:v3'}">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.2.8.2.1"/>
  <templateId root="1.2.250.1.213.1.1.1.1"/>
  ${level === 'N1' ? '<templateId root="1.3.6.1.4.1.19376.1.2.20"/>' : '<templateId root="1.2.250.1.213.1.1.1.29" extension="2022.01"/>'}
  ${has('no-id') ? '' : `<id root="${id}"/>`}
  ${has('no-code') ? '' : `<code code="${type.code}" displayName="${text(type.label)}" codeSystem="${type.system}"/>`}
  <title>${text(spec.title ?? type.label)}</title>
  <effectiveTime value="${at}"/>
  <confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="fr-FR"/>
  ${has('no-set-id') ? '' : `<setId root="${spec.setId ?? id}"/>`}
  <versionNumber value="${spec.version ?? 1}"/>
  ${patient}${has('two-record-targets') ? patient : ''}
  <author><time value="${at}"/><assignedAuthor>${author}
    <code code="G15_10/SM26" displayName="Médecin - Médecine générale" codeSystem="1.2.250.1.213.1.1.4.5"/>
    ${person}<representedOrganization>${structure}</representedOrganization></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization>${structure}</representedCustodianOrganization></assignedCustodian></custodian>
  <legalAuthenticator><time value="${at}"/><signatureCode code="S"/><assignedEntity>${author}${person}
    <representedOrganization>${structure}</representedOrganization></assignedEntity></legalAuthenticator>
  <documentationOf><serviceEvent><effectiveTime><low value="20251228080000+0100"/><high value="20260102100000+0100"/></effectiveTime>
    <performer typeCode="PRF"><assignedEntity>${author}${person}<representedOrganization>${structure}
      <standardIndustryClassCode code="ETABLISSEMENT" displayName="Etablissement de santé" codeSystem="1.2.250.1.213.1.1.4.9"/>
    </representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>
  ${related(spec.relatedDocument)}
  <componentOf><encompassingEncounter>${has('no-encounter-id') ? '' : `<id root="${visit.root}" extension="${text(visit.extension)}"/>`}
    <effectiveTime><low value="20251228080000+0100"/><high value="20260102100000+0100"/></effectiveTime>
    <location><healthCareFacility><code code="SA01" displayName="Etablissement public de santé" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location>
  </encompassingEncounter></componentOf>
  `;
}

function recordTarget(spec: CdaTestSpec): string {
  const ins = spec.ins === undefined ? testIns : spec.ins;
  const traits = { ...testTraits, ...spec.traits };
  const name = (element: string, value: string | undefined): string =>
    value ? `<${element}>${text(value)}</${element.split(' ')[0]}>` : '';
  const ids = [
    ...(ins === null ? [] : [{ root: ins.oid, extension: ins.matricule }]),
    ...(spec.localIds ?? [{ root: '1.2.250.1.999.2', extension: 'IPP0001' }]),
  ];
  return `<recordTarget><patientRole>
    ${ids.map((id) => `<id root="${id.root}" extension="${text(id.extension)}"/>`).join('\n    ')}
    <addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/>
    <patient>
      <name>${name('family qualifier="BR"', traits.birthName)}${name('given', traits.birthGivenNames)}${name('given qualifier="BR"', traits.birthFirstGivenName)}${name('family qualifier="CL"', traits.usedName)}${name('given qualifier="CL"', traits.usedGivenName)}</name>
      <administrativeGenderCode code="${traits.sex === 'U' ? 'UN' : traits.sex}" codeSystem="2.16.840.1.113883.5.1"/>
      ${traits.birthDate ? `<birthTime value="${traits.birthDate.replaceAll('-', '')}"/>` : ''}
      ${traits.birthPlace ? `<birthplace><place><addr><county>${text(traits.birthPlace)}</county></addr></place></birthplace>` : ''}
    </patient></patientRole></recordTarget>`;
}

function related(document: RelatedDocument | undefined): string {
  if (document === undefined) return '';
  const { typeCode, parentId, parentSetId, parentVersion } = document;
  const extension = parentId.extension === undefined ? '' : ` extension="${text(parentId.extension)}"`;
  return (
    `<relatedDocument typeCode="${typeCode}"><parentDocument><id root="${parentId.root}"${extension}/>` +
    `${parentSetId ? `<setId root="${parentSetId.root}"/>` : ''}` +
    `${parentVersion ? `<versionNumber value="${parentVersion}"/>` : ''}</parentDocument></relatedDocument>`
  );
}

function unstructured(spec: CdaTestSpec, room: number): string {
  const pdf = spec.pdf ?? Buffer.from(pdfShell);
  const missing = Math.max(0, Math.ceil((room * 3) / 4) - pdf.length);
  const padded = Buffer.concat([pdf, Buffer.alloc(missing, '%')]);
  return `<component><nonXMLBody><text mediaType="application/pdf" representation="B64">${padded.toString('base64')}</text></nonXMLBody></component>`;
}

function structured(spec: CdaTestSpec, room: number): string {
  const copy = spec.pdf === undefined ? '' : pdfCopySection(spec.pdf);
  const section = (number: number): string => `
    <component><section>
      <code code="10164-2" displayName="Histoire de la maladie" codeSystem="2.16.840.1.113883.6.1"/>
      <title>Partie ${number}</title>
      <text><table border="0"><tbody><tr><td ID="t${number}">Texte d’essai, ligne ${number}.</td><td>sans objet</td></tr></tbody></table></text>
      <entry><observation classCode="OBS" moodCode="EVN"><id root="1.2.250.1.999.5.${number}"/>
        <code code="8480-6" codeSystem="2.16.840.1.113883.6.1"><originalText><reference value="#t${number}"/></originalText></code>
        <statusCode code="completed"/><effectiveTime value="20260102093000+0100"/></observation></entry>
    </section></component>`;
  const sections = Math.max(1, Math.ceil((room - copy.length) / Buffer.byteLength(section(0))));
  const all = Array.from({ length: sections }, (_, index) => section(index + 1)).join('');
  return `<component><structuredBody>${all}${copy}
  </structuredBody></component>`;
}

function pdfCopySection(pdf: Buffer): string {
  return `
    <component><section><templateId root="1.2.250.1.213.1.1.2.243"/>
      <code code="55108-5" displayName="Document PDF copie" codeSystem="2.16.840.1.113883.6.1"/>
      <title>Copie PDF</title><text><renderMultiMedia referencedObject="pdf-copie"/></text>
      <entry><observationMedia classCode="OBS" moodCode="EVN" ID="pdf-copie">
        <value mediaType="application/pdf" representation="B64">${pdf.toString('base64')}</value></observationMedia></entry>
    </section></component>`;
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
