import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { XmlBufferInputProvider, XmlDocument, xmlRegisterInputProvider, XsdValidator } from 'libxml2-wasm';
import { buildCdaN1 } from './cda-n1.builder.js';
import { readCda } from './cda.reader.js';
import { embeddedPdf } from './embedded-pdf.reader.js';
import { completeIns } from './ins.completion.js';
import { n1Input } from './testing/n1-input.fixture.js';
import { testIns, writeCdaN1ForTests, writeCdaN3ForTests } from './testing/index.js';

const reference = process.env['PFI_REFERENCE_DIR'];
if (reference === undefined) throw new Error('PFI_REFERENCE_DIR must name the folder of the official samples');
const samples = join(reference, 'cda', 'ExemplesCDA');
const sample = (file: string): Buffer => readFileSync(join(samples, file));
const officialIns = { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' };

let validator: XsdValidator;
let schema: XmlDocument;
beforeAll(() => {
  const folder = join(reference, 'cda', 'infrastructure', 'cda');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.xsd'));
  xmlRegisterInputProvider(
    new XmlBufferInputProvider(
      Object.fromEntries(files.map((file) => [`schema://cda/${file}`, readFileSync(join(folder, file))])),
    ),
  );
  schema = XmlDocument.fromBuffer(readFileSync(join(folder, 'CDA_extended.xsd')), {
    url: 'schema://cda/CDA_extended.xsd',
  });
  validator = XsdValidator.fromDoc(schema);
});
afterAll(() => {
  validator.dispose();
  schema.dispose();
});

function schemaErrors(bytes: Buffer): string {
  const document = XmlDocument.fromBuffer(bytes);
  try {
    validator.validate(document);
    return '';
  } catch (error) {
    return String((error as Error).message);
  } finally {
    document.dispose();
  }
}

const LOINC = '2.16.840.1.113883.6.1';
const official: readonly (readonly [file: string, level: string, code: string, system: string, version: number])[] = [
  ['ANEST-CR-ANEST_2022.01.xml', 'N3', '77436-4', LOINC, 1],
  ['BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml', 'N1', '11502-2', LOINC, 1],
  ['BIO-CR-BIO_2024.01_CR-2nde-intention-PDF.xml', 'N3', '11502-2', LOINC, 1],
  ['BIO-CR-BIO_2024.01_Electrophorese.xml', 'N3', '11502-2', LOINC, 1],
  ['BIO-CR-BIO_2024.01_TSH_1.xml', 'N3', '11502-2', LOINC, 1],
  ['BIO-CR-BIO_2024.01_TSH_2.xml', 'N3', '11502-2', LOINC, 1],
  ['DOC_NON_STRUCTURE_CDA-R2-N1.xml', 'N1', '11502-2', LOINC, 1],
  ['IMG-DA-IMG_2024.01_Radiographie_ChevilleGenou.xml', 'N3', '55115-0', LOINC, 1],
  ['IMG_CR_IMG_2024.01.xml', 'N3', '18748-4', LOINC, 2],
  ['IMG_CR_IMG_2024.01_CDA-R2-Niveau-1.xml', 'N1', '18748-4', LOINC, 2],
  ['LDL-EES_2022.01.xml', 'N3', '18761-7', LOINC, 1],
  ['LDL-SES_2022.01.xml', 'N3', '11490-0', LOINC, 1],
  ['VSM_1.4_2022.01.xml', 'N3', 'SYNTH', '1.2.250.1.213.1.1.4.12', 1],
  ['eP-MED-DM_2024.01_PosoNonStruct.xml', 'N3', '57833-6', LOINC, 1],
  ['eP-MED-DM_2024.01_PosoStruct.xml', 'N3', '57833-6', LOINC, 1],
];

describe('the official CDA samples', () => {
  it('are the 15 that are known here', () => {
    expect(readdirSync(samples).sort()).toEqual(official.map(([file]) => file).sort());
  });

  it.each(official)('%s is read as %s, code %s', (file, level, code, system, version) => {
    const { header, ...document } = readCda(sample(file));
    expect(document.level).toBe(level);
    expect(header.code).toMatchObject({ code, system });
    expect(header.versionNumber).toBe(version);
    expect(header.relatedDocument?.typeCode).toBe(version === 2 ? 'RPLC' : undefined);
    expect(header.id.root).toMatch(/^[\d.]+$/);
    expect(header.setId?.root).toMatch(/^[\d.]+$/);
    expect(header.effectiveAt).toBeInstanceOf(Date);
    expect(header.title).not.toBe('');
    expect(header.confidentiality.code).toBe('N');
    expect(header.patient.ins).toEqual(officialIns);
    expect(header.patient.traits).toEqual({
      birthName: 'PAT-TROIS',
      birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
      birthFirstGivenName: 'DOMINIQUE',
      usedName: 'PAT-TROIS',
      usedGivenName: 'DOMINIQUE',
      birthDate: '1979-03-28',
      sex: 'F',
      birthPlace: '51215',
    });
    expect(header.authors.length).toBeGreaterThan(0);
    expect(header.authors[0]?.ids.length).toBeGreaterThan(0);
    expect(header.custodian?.ids[0]?.root).toBe('1.2.250.1.71.4.2.2');
    expect(header.legalAuthenticator?.person?.family).toBeTruthy();
    expect(header.serviceEvents[0]?.start).toMatch(/^\d{8}/);
    expect(header.serviceEvents.some(({ practiceSetting }) => practiceSetting !== undefined)).toBe(true);
    expect(header.encounter?.facilityType?.code).toMatch(/^SA\d\d$/);
    expect(
      document.warnings.map((warning) => warning.code).filter((warning) => warning !== 'ENCOUNTER_ID_MISSING'),
    ).toEqual([]);
  });

  it.each(official.filter(([, level]) => level === 'N1').map(([file]) => file))('%s gives its PDF', (file) => {
    expect(embeddedPdf(sample(file))?.toString('latin1', 0, 5)).toBe('%PDF-');
  });

  it.each(official.map(([file]) => file))('%s, its INS taken away, gets it back at the same place', (file) => {
    const bytes = sample(file);
    const text = bytes.toString('utf8');
    const without = text.replace(/<id extension="279035121518989"\s+root="1\.2\.250\.1\.213\.1\.4\.10"\s*\/>/, '');
    expect(without).not.toBe(text);
    const traits = readCda(bytes).header.patient.traits;
    const completed = completeIns(Buffer.from(without), { ins: officialIns, traits });
    expect(readCda(completed).header).toEqual(readCda(bytes).header);
    expect(schemaErrors(completed)).toBe('');
  });
});

describe('the CDA documents beside the official messages', () => {
  const folder = join(reference, 'hl7v2');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.xml'));

  it.each(files)('%s is read', (file) => {
    const { header } = readCda(readFileSync(join(folder, file)));
    expect(header.patient.ins?.matricule).toMatch(/^\d{15}$/);
    expect(header.patient.traits.birthName).not.toBe('');
    expect(header.code.code).not.toBe('');
  });
});

describe('what this library writes, against the official schema', () => {
  it('level 1 documents built from a PDF are valid', () => {
    expect(schemaErrors(buildCdaN1(n1Input()))).toBe('');
    const { relatedDocument: _related, encounter, ...input } = n1Input();
    const minimal = {
      ...input,
      encounter: { start: encounter.start },
      patient: { ...input.patient, ins: testIns, localIds: [] },
    };
    expect(schemaErrors(buildCdaN1(minimal))).toBe('');
  });

  it.each([
    ['an empty patient', '<patient/>'],
    ['an empty name', '<patient><name/></patient>'],
    [
      'null values',
      '<patient><name nullFlavor="UNK"/><administrativeGenderCode nullFlavor="UNK"/><birthplace><place/></birthplace></patient>',
    ],
    [
      'a language',
      '<patient><name><family>X</family></name><languageCommunication><languageCode code="fr-FR"/></languageCommunication></patient>',
    ],
  ])('documents completed from %s are valid', (_name, patient) => {
    const text = writeCdaN1ForTests({ ins: null })
      .toString()
      .replace(/<patient>.*<\/patient>/s, patient);
    expect(schemaErrors(completeIns(Buffer.from(text), { ins: testIns, traits: n1Input().patient.traits }))).toBe('');
  });

  it('documents written for tests are valid', () => {
    expect(schemaErrors(writeCdaN1ForTests({ minBytes: 60_000 }))).toBe('');
    expect(schemaErrors(writeCdaN3ForTests({ minBytes: 60_000, pdf: Buffer.from('%PDF-1.4') }))).toBe('');
  });
});
