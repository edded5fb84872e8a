import { describe, expect, it } from '@jest/globals';
import { classCodes, documentTypes, findDocumentType } from './document-types.js';

/** JDV_J66-TypeCode-DMP of 2022-09-30, whole. */
const acceptedByTheDmp = `
BIL_AUTO CERT_DECL DISP_AUT EXPPAT_1 EXPPAT_2 EXPPAT_3 IMG-KOS PROT_ALD REMB SYNTH DOCPAT01 DOCPAT02 DOCPAT03 DOCPAT04 DOCPAT05 DOCPAT06 DOCPAT07 DOCPAT08 DOCPAT09 PRESC-BIO PRESC-KINE PRESC-INF PRESC-PEDI PRESC-ORTHOPHO PRESC-ORTHOPTIE
11369-6 11488-4 11490-0 11502-2 11505-5 11506-3 11526-1 15507-7 15508-5 18748-4 18761-7 18776-5 34112-3 34133-9 34749-2 34794-8 34842-5 34874-8 47420-5 51969-4 52040-3 55115-0 56445-0 57828-6 57832-8 57833-6 60591-5 60593-1 61357-0 67851-6 68599-0 68817-6 70004-7 74207-2 75468-9 75482-0 75492-9 75496-0 77436-4 77604-7 78513-9 78601-2 80565-5 80788-3 80820-4 83836-7 83901-9 83981-1 85208-7 87273-9 88348-8 89601-9 93024-8 96173-0 96874-3
E1762`
  .trim()
  .split(/\s+/);

describe('documentTypes', () => {
  it('accepts for the DMP what JDV_J66 lists, and nothing else', () => {
    const accepted = documentTypes.filter((type) => type.acceptedByDmp).map(({ code }) => code);
    expect(accepted.sort()).toEqual(acceptedByTheDmp.sort());
  });

  it.each([
    ['DOCPAT09', '95'],
    ['52040-3', '31'],
    ['80565-5', '45'],
    ['REMB', '60'],
    ['18776-5', '44'],
    ['E1762', 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1'],
  ])('classes %s as %s, as ASS_X04 does', (code, classCode) => {
    expect(findDocumentType(code)?.classCode.code).toBe(classCode);
  });

  it('labels every type', () => {
    expect(documentTypes.filter(({ label }) => label.trim() === '')).toEqual([]);
  });

  it('has one line for each code', () => {
    expect(new Set(documentTypes.map(({ code }) => code)).size).toBe(documentTypes.length);
  });

  it('knows the operative report accepted in France', () => {
    expect(findDocumentType('34874-8')).toMatchObject({
      classCode: classCodes['10'],
      acceptedByDmp: true,
      formatN3: null,
    });
    expect(findDocumentType('11504-8')).toBeUndefined();
  });

  it('classes an imaging report as 31, as ASS_X04 does', () => {
    expect(findDocumentType('18748-4')?.classCode.code).toBe('31');
  });

  it('gives the level-3 format of a lettre de liaison à la sortie', () => {
    expect(findDocumentType('11490-0')).toMatchObject({
      system: '2.16.840.1.113883.6.1',
      formatN3: { code: 'urn:asip:ci-sis:ldl-ses:2017', system: '1.2.250.1.213.1.1.4.2.282' },
    });
  });

  it('tells TRE_A05 codes from LOINC codes', () => {
    expect(findDocumentType('SYNTH')?.system).toBe('1.2.250.1.213.1.1.4.12');
  });

  it('marks the types that the DMP does not accept', () => {
    expect(documentTypes.filter(({ acceptedByDmp }) => !acceptedByDmp).map(({ code }) => code)).toEqual([
      '60568-3',
      '34875-5',
      '51851-4',
    ]);
  });
});
