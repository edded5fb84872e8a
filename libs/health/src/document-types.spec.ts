import { describe, expect, it } from '@jest/globals';
import { classCodes, documentTypes, findDocumentType } from './document-types.js';

describe('documentTypes', () => {
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
