import { describe, expect, it } from '@jest/globals';
import { buildCdaN1 } from './cda-n1.builder.js';
import { readCda } from './cda.reader.js';
import { embeddedPdf } from './embedded-pdf.reader.js';
import { n1Input } from './testing/n1-input.fixture.js';
import { testIns, writeCdaN1ForTests, writeCdaN3ForTests } from './testing/index.js';

describe('buildCdaN1', () => {
  it('builds a document that reads back as it was described, without warning', () => {
    const input = n1Input({ patient: { ...n1Input().patient, ins: testIns } });
    const { level, header, warnings } = readCda(buildCdaN1(input));
    expect(level).toBe('N1');
    expect(warnings).toEqual([]);
    expect(header).toMatchObject({
      id: { root: input.id },
      setId: { root: input.setId },
      versionNumber: input.version,
      code: input.typeCode,
      title: input.title,
      effectiveTime: input.effectiveTime,
      confidentiality: { code: 'N' },
      patient: { ins: testIns, traits: input.patient.traits },
      authors: [{ ids: [input.author.id], code: input.author.code, person: input.author.name }],
      legalAuthenticator: { ids: [input.author.id], time: input.effectiveTime },
      custodian: { ids: [input.custodian.id], name: input.custodian.name },
      serviceEvents: [{ start: input.serviceEvent.start, practiceSetting: { code: 'ETABLISSEMENT' } }],
      encounter: { id: input.encounter.id, facilityType: { code: 'SA01' } },
      relatedDocument: input.relatedDocument,
    });
  });

  it('gives the same bytes for the same input', () => {
    expect(buildCdaN1(n1Input()).equals(buildCdaN1(n1Input()))).toBe(true);
  });

  it.each([0, 1, 2, 3 * 16 * 1024 - 6, 3 * 16 * 1024 - 5, 200_001])(
    'carries a PDF of %i bytes more, byte for byte',
    (more) => {
      const pdf = Buffer.concat([Buffer.from('%PDF-1'), Buffer.alloc(more, 0xfe)]);
      expect(embeddedPdf(buildCdaN1(n1Input({ pdf })))?.equals(pdf)).toBe(true);
    },
  );

  it.each([
    ['an id that is not an OID', { id: 'urn:uuid:1' }],
    ['version 0', { version: 0 }],
    ['a title of 129 characters', { title: 'x'.repeat(129) }],
    ['a date without zone', { effectiveTime: '20260102101500' }],
    ['a date that does not exist', { effectiveTime: '20260231101500+0100' }],
    ['a file that is not a PDF', { pdf: Buffer.from('hello') }],
    ['a control character in a name', { custodian: { ...n1Input().custodian, name: 'CH\u0001' } }],
    ['a patient without any identifier', { patient: { localIds: [], traits: n1Input().patient.traits } }],
  ])('refuses %s', (_name, change) => {
    expect(() => buildCdaN1(n1Input(change))).toThrow(expect.objectContaining({ code: 'CDA_INPUT_INVALID' }));
  });
});

describe('embeddedPdf', () => {
  const body = (text: string): Buffer =>
    Buffer.from(
      writeCdaN1ForTests()
        .toString()
        .replace(/<nonXMLBody>.*<\/nonXMLBody>/s, `<nonXMLBody>${text}</nonXMLBody>`),
    );
  const pdf = Buffer.from('%PDF-1.4\n…');
  const base64 = pdf.toString('base64');

  it('reads base64 that is folded, unpadded, cut by comments or held in CDATA', () => {
    const cut = `\n${base64.slice(0, 5)}<!-- x -->\r\n ${base64.slice(5, 9)}<![CDATA[${base64.slice(9).replace(/=+$/, '')}]]>\n`;
    expect(embeddedPdf(body(`<text mediaType="application/pdf" representation="B64">${cut}</text>`))).toEqual(pdf);
  });

  it('gives null for a structured body and for another media type', () => {
    expect(embeddedPdf(writeCdaN3ForTests())).toBeNull();
    expect(embeddedPdf(body('<text mediaType="text/plain">bonjour</text>'))).toBeNull();
  });

  it.each([
    ['text that is not base64', `<text mediaType="application/pdf" representation="B64">${base64}é</text>`],
    ['a length of one modulo four', '<text mediaType="application/pdf" representation="B64">JVBERi0xL</text>'],
    ['base64 of something else', '<text mediaType="application/pdf" representation="B64">aGVsbG8=</text>'],
    ['an empty text', '<text mediaType="application/pdf" representation="B64"/>'],
    ['no representation', `<text mediaType="application/pdf">${base64}</text>`],
  ])('refuses %s as CDA_INVALID', (_name, text) => {
    expect(() => embeddedPdf(body(text))).toThrow(expect.objectContaining({ code: 'CDA_INVALID' }));
  });
});
