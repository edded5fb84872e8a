import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { author, joined, sampleEnvelope, sampleEntry, sampleSubmission } from '../test/samples.js';
import { buildProvideAndRegister, parseProvideAndRegister } from './provide-and-register.js';
import type { Submission } from './model.js';

const content = Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3"/>');

function roundTrip(submission: Submission): Submission {
  const { contentType, body } = buildProvideAndRegister(submission, sampleEnvelope());
  return parseProvideAndRegister(contentType, joined(body)).submission;
}

function xmlOf(submission: Submission): string {
  return joined(buildProvideAndRegister(submission, sampleEnvelope()).body).toString();
}

describe('ITI-41 request', () => {
  it('gives back the submission that was built, header included', () => {
    const submission = sampleSubmission(content);
    const envelope = sampleEnvelope({
      assertion: '<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1"></a:Assertion>',
    });
    const { contentType, body, contentLength } = buildProvideAndRegister(submission, envelope);
    const bytes = joined(body);
    expect(bytes).toHaveLength(contentLength);
    const parsed = parseProvideAndRegister(contentType, bytes);
    expect(parsed.submission).toEqual(submission);
    expect(parsed.header).toEqual({
      messageId: envelope.messageId,
      to: envelope.to,
      action: 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b',
      assertion: expect.stringContaining('ID="_1"'),
    });
  });

  it('carries the very buffer of the document, not a copy nor base64', () => {
    const pieces = buildProvideAndRegister(sampleSubmission(content), sampleEnvelope()).body;
    expect(pieces).toContain(content);
  });

  it('writes values in the shapes of the DMP', () => {
    const xml = xmlOf(sampleSubmission(content));
    for (const value of [
      '801234560801^CHIRURG^Anne^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS',
      'CHU X^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^1120456789',
      'G15_10/SM26^Médecin - Médecine générale^1.2.250.1.213.1.1.4.5',
      'value="279035121518989^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"',
      'IPP0001^^^&amp;1.2.3.4.9&amp;ISO^PI',
      'PID-5|PAT-TROIS^DOMINIQUE^^^^^L',
    ]) {
      expect(xml).toContain(value);
    }
  });

  it('prefixes RPPS and FINESS numbers as national identifiers', () => {
    const local = {
      ...author,
      person: { id: '10101234567', family: 'A', given: 'B', idType: 'RPPS', idAuthority: '1.2.250.1.71.4.2.1' },
      organisation: { id: '750100042', name: 'CHU', idType: 'FINEJ' },
    };
    const xml = xmlOf({ ...sampleSubmission(content, { authors: [local] }) });
    expect(xml).toContain('810101234567^A^B^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS');
    expect(xml).toContain('CHU^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^1750100042');
  });

  it('keeps a device as author apart from persons', () => {
    const authors = [{ person: null, device: 'AUTOMATE-1', organisation: author.organisation, speciality: null }];
    expect(roundTrip(sampleSubmission(content, { authors })).documents[0]?.entry.authors).toEqual(authors);
  });

  it('carries replacements and a signed submission set', () => {
    const base = sampleSubmission(content);
    const signatureContent = Buffer.from('<Signature/>');
    const submission: Submission = {
      ...base,
      replacements: [{ newEntryUuid: base.documents[0]?.entry.entryUuid ?? '', oldEntryUuid: 'urn:uuid:old' }],
      signature: {
        entry: sampleEntry(signatureContent, { uniqueId: '1.2.3.9', title: 'Signature' }),
        content: signatureContent,
      },
    };
    expect(roundTrip(submission)).toEqual(submission);
  });

  it('keeps any title, name and document bytes through a round trip', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((value) => isXmlText(value));
    fc.assert(
      fc.property(text, text, fc.uint8Array({ maxLength: 400 }), (title, family, bytes) => {
        const document = Buffer.from(bytes);
        const person = { id: '1', family, given: 'B', idType: 'EI', idAuthority: '1.2.3' };
        const submission = sampleSubmission(document, { title, authors: [{ ...author, person }] });
        expect(roundTrip(submission)).toEqual(submission);
      }),
      { numRuns: 150 },
    );
  });

  it('escapes & < > and quotes in titles and names', () => {
    const title = `<b> & "q" 'a' ]]> &amp;`;
    expect(roundTrip(sampleSubmission(content, { title })).documents[0]?.entry.title).toBe(title);
  });

  it('keeps a document that holds the multipart delimiter of another message', () => {
    const tricky = Buffer.from('\r\n--pfi-0000\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--pfi-0000--\r\n');
    expect(roundTrip(sampleSubmission(tricky)).documents[0]?.content.equals(tricky)).toBe(true);
  });

  it('accepts a document inline in base64', () => {
    const { contentType, xml } = inlineRequest();
    expect(parseProvideAndRegister(contentType, xml).submission.documents[0]?.content.equals(content)).toBe(true);
  });

  it.each([
    ['a DTD', (xml: string) => xml.replace('<soap:Envelope', '<!DOCTYPE x><soap:Envelope'), 'XML_DTD_FORBIDDEN'],
    ['XML cut in the middle', (xml: string) => xml.slice(0, -30), 'XDS_MALFORMED'],
    ['no classCode', (xml: string) => xml.replace('41a5887f-8865-4c09-adf7-e362475b143a', 'x'), 'XDS_METADATA_INVALID'],
    [
      'two values of typeCode',
      (xml: string) => xml.replace('a09d5840-386c-46f2-b5ad-9c3699a4309d', 'f0306f51-975f-434e-a61c-c59651d33983'),
      'XDS_METADATA_INVALID',
    ],
    [
      'no membership',
      (xml: string) => xml.replace('AssociationType:HasMember', 'AssociationType:Other'),
      'XDS_METADATA_INVALID',
    ],
    [
      'a time with an offset',
      (xml: string) => xml.replace('20250102091500', '20250102091500+0100'),
      'XDS_METADATA_INVALID',
    ],
    ['no document', (xml: string) => xml.replace(/<xdsb:Document .*<\/xdsb:Document>/, ''), 'XDS_DOCUMENT_MISSING'],
    [
      'a document without metadata',
      (xml: string) =>
        xml.replace('<xdsb:Document ', '<xdsb:Document id="urn:uuid:alone">AA==</xdsb:Document><xdsb:Document '),
      'XDS_DOCUMENT_METADATA_MISSING',
    ],
    [
      'another request',
      (xml: string) => xml.replaceAll('ProvideAndRegisterDocumentSetRequest', 'Other'),
      'XDS_MALFORMED',
    ],
  ])('refuses %s', (_title, change, code) => {
    const { contentType, xml } = inlineRequest();
    expect(() => parseProvideAndRegister(contentType, Buffer.from(change(xml.toString())))).toThrow(
      expect.objectContaining({ code, kind: 'invalid' }),
    );
  });

  it.each([
    ['a truncated multipart body', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
    ['a body without its boundary', () => Buffer.from('nothing')],
  ])('refuses %s', (_title, change) => {
    const { contentType, body } = buildProvideAndRegister(sampleSubmission(content), sampleEnvelope());
    expect(() => parseProvideAndRegister(contentType, change(joined(body)))).toThrow(
      expect.objectContaining({ code: 'XDS_MALFORMED' }),
    );
  });

  it('answers garbage with its own fault, never with another error', () => {
    const { contentType, body } = buildProvideAndRegister(sampleSubmission(content), sampleEnvelope());
    const bytes = joined(body);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        try {
          parseProvideAndRegister(contentType, damaged);
        } catch (error) {
          expect(error).toMatchObject({ name: 'XdsFault' });
        }
      }),
      { numRuns: 300 },
    );
  });
});

function inlineRequest(): { contentType: string; xml: Buffer } {
  const [, root] = buildProvideAndRegister(sampleSubmission(content), sampleEnvelope()).body;
  const xml = (root ?? Buffer.alloc(0)).toString().replace(/<xop:Include[^>]*\/>/, content.toString('base64'));
  return { contentType: 'application/soap+xml; charset=UTF-8', xml: Buffer.from(xml) };
}

function isXmlText(value: string): boolean {
  return (
    value.trim() === value &&
    /^[\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u.test(value) &&
    !/[\r\n\t]/.test(value)
  );
}
