import { describe, expect, it } from '@jest/globals';
import { readCda, type CdaHeader } from '@pfi/cda';
import { writeCdaN1ForTests } from '@pfi/cda/testing';
import { FORMAT_N1_PDF } from '@pfi/health';
import { Ght, parseGhtFile, type LegalEntity } from '@pfi/platform-settings';
import { GROUP_FILE } from '../../test/test-group.js';
import { entryMetadata, submissionMetadata, visibilityCodes, xdsTime } from './entry-metadata.js';

const ght = new Ght(parseGhtFile(GROUP_FILE));
const entity = ght.legalEntity('990000101') as LegalEntity;
const type = ght.documentType('11490-0');
const header = (change: Partial<CdaHeader> = {}): CdaHeader => ({
  ...readCda(writeCdaN1ForTests({ id: '2.999.5' })).header,
  ...change,
});
const entry = (change: Partial<CdaHeader> = {}, level: 'N1' | 'N3' = 'N1') =>
  entryMetadata(header(change), level, type, {}, entity);

describe('XDS metadata of a CDA', () => {
  it('are read from its header, times in UTC', () => {
    expect(entry()).toMatchObject({
      uniqueId: '2.999.5',
      setId: '2.999.5',
      version: 1,
      type: { code: '11490-0' },
      class: { code: '10' },
      creationTime: '20260102091500',
      serviceStartTime: '20251228070000',
      serviceStopTime: '20260102090000',
      facilityType: { code: 'SA01' },
      practiceSetting: { code: 'ETABLISSEMENT' },
      languageCode: 'fr-FR',
    });
  });

  it('name the format of the level: PDF for N1, that of the type for N3, out of profile when the type has none', () => {
    expect(entry().format).toEqual(FORMAT_N1_PDF);
    expect(entry({}, 'N3').format.code).toBe('urn:asip:ci-sis:ldl-ses:2017');
    const withoutN3 = entryMetadata(header(), 'N3', ght.documentType('34112-3'), {}, entity);
    expect(withoutN3.format.code).toBe('urn:asipSante:modelesHorsProfils:2011');
  });

  it('say that the creation time is missing rather than inventing one', () => {
    expect(entry({ effectiveAt: null }).creationTime).toBe('');
  });

  it('keep a document id with its extension as XDS writes it', () => {
    expect(entry({ id: { root: '2.999.5', extension: 'A1' } }).uniqueId).toBe('2.999.5^A1');
  });

  it('name persons by their national id, and their structure', () => {
    const [author] = entry().authors;
    expect(author).toMatchObject({
      person: { id: '810000000001', idType: 'IDNPS', idAuthority: '1.2.250.1.71.4.2.1' },
      organisation: { id: '1350000012', idType: 'IDNST' },
      speciality: { code: 'G15_10/SM26' },
    });
    expect(entry().legalAuthenticator).toMatchObject({ id: '810000000001' });
  });

  it('name the legal entity as an automaton when nobody signs', () => {
    expect(entry({ authors: [] }).authors).toEqual([
      {
        person: null,
        device: 'AUTOMATE',
        organisation: { id: '1990000101', name: 'CH Nord', idType: 'FINEJ' },
        speciality: null,
      },
    ]);
  });

  it('add the restrictions of the source to the confidentiality, spelled as XDS does', () => {
    const codes = visibilityCodes({ masquePs: true, invisiblePatient: true, invisibleRepLegaux: true }).map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX']);
    const restricted = entryMetadata(header(), 'N1', type, { masquePs: true }, entity);
    expect(restricted.confidentiality.map(({ code }) => code)).toEqual(['N', 'MASQUE_PS']);
  });
});

describe('metadata of the submission', () => {
  it.each([
    ['I', '03'],
    ['O', '07'],
    ['E', '07'],
    ['R', '19'],
    ['N', '97'],
    [undefined, '97'],
  ])('say the context of care of patient class %s', (patientClass, code) => {
    expect(submissionMetadata(undefined, entry(), patientClass, {}, entity).contentType.code).toBe(code);
  });

  it('name the sender of the message, else the author of the document, in the sending legal entity', () => {
    const person = {
      id: '810000000009',
      family: 'CHIRURG',
      given: 'Anne',
      idType: 'IDNPS',
      idAuthority: '1.2.250.1.71.4.2.1',
    };
    expect(submissionMetadata({ person }, entry(), 'I', {}, entity).author.person).toEqual(person);
    const author = submissionMetadata(undefined, entry(), 'I', { connexionSecrete: true }, entity);
    expect(author).toMatchObject({
      author: { person: { id: '810000000001' }, organisation: { id: '1990000101' } },
      secretConnection: true,
    });
  });
});

it('an instant is written in UTC to the second', () => {
  expect(xdsTime(new Date('2026-07-01T01:02:03.999+02:00'))).toBe('20260630230203');
});
