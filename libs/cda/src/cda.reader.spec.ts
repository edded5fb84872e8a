import { describe, expect, it } from '@jest/globals';
import { CdaFault } from './cda.fault.js';
import { readCda } from './cda.reader.js';
import { testIns, writeCdaForTests, writeCdaN1ForTests, writeCdaN3ForTests } from './testing/index.js';
import type { CdaDefect } from './testing/index.js';

function faultOf(bytes: Buffer): CdaFault | undefined {
  try {
    readCda(bytes);
  } catch (error) {
    if (error instanceof CdaFault) return error;
    throw error;
  }
  return undefined;
}

const edit = (bytes: Buffer, from: string | RegExp, to: string): Buffer => {
  const text = bytes.toString();
  const edited = text.replace(from, to);
  expect(edited).not.toBe(text);
  return Buffer.from(edited);
};

describe('readCda', () => {
  it('reads the header of a level 1 document', () => {
    const { level, header, warnings } = readCda(
      writeCdaN1ForTests({ localIds: [{ root: '1.2.3', extension: 'A&B' }] }),
    );
    expect(level).toBe('N1');
    expect(warnings).toEqual([]);
    expect(header).toMatchObject({
      id: { root: '1.2.250.1.999.1.1.1' },
      setId: { root: '1.2.250.1.999.1.1.1' },
      versionNumber: 1,
      code: { code: '11490-0', system: '2.16.840.1.113883.6.1', label: 'Lettre de liaison à la sortie' },
      title: 'Lettre de liaison à la sortie',
      effectiveTime: '20260102101500+0100',
      effectiveAt: new Date('2026-01-02T09:15:00Z'),
      languageCode: 'fr-FR',
      confidentiality: { code: 'N' },
      patient: {
        ids: [
          { root: testIns.oid, extension: testIns.matricule },
          { root: '1.2.3', extension: 'A&B' },
        ],
        ins: testIns,
        traits: {
          birthName: 'ESSAI-CHÊNE',
          birthGivenNames: 'JEANNE ÉLISE',
          birthFirstGivenName: 'JEANNE',
          birthDate: '1979-05-12',
          sex: 'F',
          birthPlace: '35238',
        },
      },
      custodian: { ids: [{ root: '1.2.250.1.71.4.2.2', extension: '1350000012' }], name: 'CH DES ESSAIS' },
      encounter: {
        id: { root: '1.2.250.1.999.3', extension: '26000001' },
        start: '20251228080000+0100',
        stop: '20260102100000+0100',
        facilityType: { code: 'SA01' },
      },
      eventCodes: [],
    });
    expect(header.authors[0]).toMatchObject({
      ids: [{ root: '1.2.250.1.71.4.2.1', extension: '810000000001' }],
      code: { code: 'G15_10/SM26' },
      person: { family: 'MÉDECIN', given: 'Anne' },
      organisation: { name: 'CH DES ESSAIS' },
    });
    expect(header.serviceEvents[0]).toMatchObject({
      start: '20251228080000+0100',
      practiceSetting: { code: 'ETABLISSEMENT' },
    });
    expect(header.relatedDocument).toBeUndefined();
  });

  it('reads a level 3 document, its replaced document, and no INS when there is none', () => {
    const relatedDocument = {
      typeCode: 'RPLC',
      parentId: { root: '1.2.3.9' },
      parentSetId: { root: '1.2.3' },
      parentVersion: 1,
    };
    const { level, header } = readCda(writeCdaN3ForTests({ ins: null, version: 2, relatedDocument, minBytes: 60_000 }));
    expect(level).toBe('N3');
    expect(header.versionNumber).toBe(2);
    expect(header.relatedDocument).toEqual(relatedDocument);
    expect(header.patient.ins).toBeUndefined();
  });

  it.each<[CdaDefect, string]>([
    ['doctype', 'XML_DTD_FORBIDDEN'],
    ['deep', 'XML_LIMIT'],
    ['utf-16', 'CDA_INVALID'],
    ['malformed-body', 'CDA_INVALID'],
    ['no-id', 'CDA_INVALID'],
    ['no-code', 'CDA_INVALID'],
    ['no-patient', 'CDA_INVALID'],
    ['no-body', 'CDA_INVALID'],
    ['two-record-targets', 'CDA_INVALID'],
    ['wrong-namespace', 'CDA_INVALID'],
  ])('refuses a document with the defect %s as %s, at both levels', (defect, code) => {
    expect(faultOf(writeCdaForTests('N1', { defects: [defect] }))?.code).toBe(code);
    expect(faultOf(writeCdaForTests('N3', { defects: [defect] }))?.code).toBe(code);
  });

  it.each<[CdaDefect, string]>([
    ['no-set-id', 'CDA_ELEMENT_MISSING'],
    ['no-encounter-id', 'ENCOUNTER_ID_MISSING'],
    ['no-zone', 'EFFECTIVE_TIME_WITHOUT_ZONE'],
  ])('only warns of the defect %s', (defect, code) => {
    expect(readCda(writeCdaN1ForTests({ defects: [defect] })).warnings.map((warning) => warning.code)).toEqual([code]);
  });

  it('takes Paris time when the time stamp has no zone', () => {
    const at = (effectiveTime: string) =>
      readCda(writeCdaN1ForTests({ effectiveTime })).header.effectiveAt?.toISOString();
    expect(at('20260702101500')).toBe('2026-07-02T08:15:00.000Z');
    expect(at('20260102101500')).toBe('2026-01-02T09:15:00.000Z');
    expect(at('20260231')).toBeUndefined();
  });

  it('reads text by its full string value, comments, CDATA and instructions notwithstanding', () => {
    const bytes = edit(
      writeCdaN1ForTests(),
      '<family qualifier="BR">ESSAI-CHÊNE</family>',
      '<family qualifier="BR">ESS<!-- x -->AI<![CDATA[-CH]]><?p i?>&#xCA;NE</family>',
    );
    expect(readCda(bytes).header.patient.traits.birthName).toBe('ESSAI-CHÊNE');
  });

  it('reads a document whose elements carry a prefix', () => {
    const prefixed = writeCdaN1ForTests()
      .toString()
      .replace('xmlns="', 'xmlns:cda="')
      .replace(/<(\/?)([a-zA-Z])/g, '<$1cda:$2');
    expect(readCda(Buffer.from(prefixed)).header.patient.ins).toEqual(testIns);
  });

  it.each([
    ['a patient in another namespace', '<recordTarget>', '<recordTarget xmlns="urn:other">'],
    ['an id in another namespace only', '<id root="1.2.250.1.999.1.1.1"/>', '<x:id xmlns:x="urn:other" root="1.2"/>'],
    ['a body in another namespace', '<component>', '<component xmlns="urn:other">'],
    ['an element after the body', '</ClinicalDocument>', '<recordTarget/></ClinicalDocument>'],
    ['two bodies', '</ClinicalDocument>', '<component><nonXMLBody/></component></ClinicalDocument>'],
    ['two ids', '<title>', '<id root="1.2.3"/><title>'],
    ['two patients in one recordTarget', '</patientRole>', '</patientRole><patientRole><patient/></patientRole>'],
    ['an id that is null', '<id root="1.2.250.1.999.1.1.1"/>', '<id nullFlavor="UNK"/>'],
  ])('refuses %s as CDA_INVALID', (_name, from, to) => {
    expect(faultOf(edit(writeCdaN1ForTests(), from, to))?.code).toBe('CDA_INVALID');
  });

  it('refuses two different INS for the patient', () => {
    const localIds = [{ root: '1.2.250.1.213.1.4.8', extension: testIns.matricule }];
    expect(faultOf(writeCdaN1ForTests({ localIds }))?.code).toBe('CDA_INVALID');
  });

  it('keeps an INS of wrong key, with a warning', () => {
    const ins = { ...testIns, matricule: `${testIns.matricule.slice(0, 13)}00` };
    const { header, warnings } = readCda(writeCdaN1ForTests({ ins }));
    expect(header.patient.ins).toEqual(ins);
    expect(warnings.map(({ code }) => code)).toEqual(['INS_INVALID']);
  });

  it('warns of a nullFlavor where the CI-SIS forbids it', () => {
    const bytes = edit(writeCdaN1ForTests(), '<custodian>', '<custodian nullFlavor="UNK">');
    expect(readCda(bytes).warnings.map(({ code }) => code)).toEqual(['NULL_FLAVOR_FORBIDDEN']);
  });

  it('quotes nothing of the document in its refusals', () => {
    const fault = faultOf(writeCdaN1ForTests({ defects: ['malformed-body'] }));
    expect(`${fault?.message} ${fault?.textFr}`).not.toMatch(/ESSAI|JEANNE|27905/);
  });
});
