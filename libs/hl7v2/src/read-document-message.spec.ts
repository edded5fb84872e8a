import { describe, expect, it } from '@jest/globals';
import type { DocumentMessage } from './document-message.js';
import { parseMessage } from './parse-message.js';
import { readDocumentMessage } from './read-document-message.js';
import { sampleDocument } from './testing/fixtures.js';
import { type DocumentMessageSpec, writeDocumentMessage } from './write-document-message.js';

function read(
  spec: Partial<DocumentMessageSpec> = {},
  edit: (text: string) => string = (text) => text,
): DocumentMessage {
  const bytes = Buffer.from(edit(writeDocumentMessage({ ...sampleDocument, ...spec }).toString()));
  return readDocumentMessage(parseMessage(bytes));
}

const fault = (properties: Record<string, unknown>): Error =>
  expect.objectContaining({ name: 'Hl7Fault', kind: 'invalid', ...properties }) as unknown as Error;
const base64 = sampleDocument.cda.toString('base64');

describe('readDocumentMessage', () => {
  it.each(['MDM', 'ORU'] as const)('gives back every part that a sender wrote in an %s', (messageType) => {
    const { header: _header, messageType: _type, documentId, ...content } = sampleDocument;
    const document = read({ messageType });
    expect(document).toMatchObject({ ...content, orderControl: 'NW', resultStatus: 'F', warnings: [] });
    expect(document.txa).toEqual(messageType === 'MDM' ? { documentId } : undefined);
  });

  it('gives back the same in Latin-9', () => {
    const bytes = writeDocumentMessage({ ...sampleDocument, header: { ...sampleDocument.header, charset: '8859/15' } });
    const { patient, typeCode, cda, recipients, bodies } = readDocumentMessage(parseMessage(bytes));
    const { patient: p, typeCode: t, cda: c, recipients: r, bodies: b } = sampleDocument;
    expect({ patient, typeCode, cda, recipients, bodies }).toEqual({
      patient: p,
      typeCode: t,
      cda: c,
      recipients: r,
      bodies: b,
    });
  });

  it('gives back a large document byte for byte', () => {
    const cda = Buffer.alloc(3_000_001, 'Ré\0<');
    expect(read({ cda }).cda.equals(cda)).toBe(true);
  });

  it.each([
    ['replace', 'RO', 'C'],
    ['delete', 'CA', 'D'],
  ] as const)('recognises %s in MDM and ORU', (kind, orderControl, resultStatus) => {
    for (const messageType of ['MDM', 'ORU'] as const) {
      const parentId = { root: '1.2.3.4.5.2025.76' };
      expect(read({ kind, messageType, parentId })).toMatchObject({ kind, orderControl, resultStatus });
    }
  });

  it('leaves undefined the flags that the source does not say', () => {
    expect(read({ flags: { destDmp: true }, bodies: {} }).flags).toEqual({ destDmp: true });
  });

  it('reads the older name of ACK_LECTURE_MSS', () => {
    expect(
      read({ flags: { ackLecture: true } }, (text) => text.replace('ACK_LECTURE_MSS', 'ACK_LECTURE')).flags,
    ).toEqual({
      ackLecture: true,
    });
  });

  it('compares only the first part of PRT-4 and OBX-3, and trims', () => {
    const edit = (text: string): string =>
      text.replace('SB^Send by^participation', ' SB^^participation').replace('Y^^expanded', 'Y^^ expanded');
    expect(read({}, edit).sender).toEqual(sampleDocument.sender);
  });

  it.each([
    [{ root: '1.2.3' }, '1.2.3'],
    [{ root: '1.2.3' }, '1.2.3^Organisation-Y'],
    [{ root: '1.2.3', extension: 'DOC7' }, 'DOC7^^1.2.3^ISO'],
  ])('reads the document id %j from %s', (documentId, field) => {
    expect(read({}, (text) => text.replace('1.2.3.4.5.2025.77', field)).txa).toEqual({ documentId });
  });

  it('keeps the name of a coding system that it does not know', () => {
    expect(read({ typeCode: { code: 'SYNTH', system: '1.2.250.1.213.1.1.4.12', label: 'VSM' } }).typeCode.system).toBe(
      '1.2.250.1.213.1.1.4.12',
    );
  });
});

describe('readDocumentMessage: doubts', () => {
  it.each([
    ['OBX-3', 'TYPE_CODE_MISMATCH', (text: string) => text.replace('OBX|1|ED|11490-0', 'OBX|1|ED|34112-3')],
    ['TXA-2', 'TYPE_CODE_MISMATCH', (text: string) => text.replace('TXA|1|11490-0', 'TXA|1|34112-3')],
    ['a flag', 'FLAG_INVALID', (text: string) => text.replace('Y^^expanded', 'OUI^^expanded')],
    ['a mail body of length 1 mod 4', 'BODY_TEXT_INVALID', (text: string) => text.replace('Qm9uam91cg==', 'Qm9uam91c')],
    ['a mail body that is not UTF-8', 'BODY_TEXT_INVALID', (text: string) => text.replace('Qm9uam91cg==', '6Q==')],
    [
      'an endless mail body',
      'BODY_TEXT_INVALID',
      (text: string) => text.replace('Qm9uam91cg==', 'QUFB'.repeat(100_000)),
    ],
    ['an OBX of no list', 'OBX_IGNORED', (text: string) => `${text}OBX|99|TX|AUTRE||texte||||||F\r`],
    ['no coding system', 'CODING_SYSTEM_MISSING', (text: string) => text.replaceAll('à la sortie^LN', 'à la sortie')],
  ])('warns about %s: %s', (_name, code, edit) => {
    const { warnings, typeCode } = read({}, edit);
    expect(warnings).toEqual([expect.objectContaining({ code, textFr: expect.stringMatching(/\S/) })]);
    expect(typeCode.code).toBe('11490-0');
  });

  it('gives no body rather than a wrong one', () => {
    expect(read({}, (text) => text.replace('Qm9uam91cg==', 'Qm9uam91c')).bodies).toEqual({
      ps: sampleDocument.bodies.ps,
    });
  });
});

describe('readDocumentMessage: refusals', () => {
  it.each([
    ['T02 with ORC-1 RO', (text: string) => text.replace('ORC|NW', 'ORC|RO')],
    ['T02 with OBX-11 C', (text: string) => text.replace('||||||F\r', '||||||C\r')],
    ['T04 with NW and F', (text: string) => text.replace('MDM^T02', 'MDM^T04')],
    ['an unknown order', (text: string) => text.replace('ORC|NW', 'ORC|XX')],
  ])('refuses an event, an order and a status that contradict each other: %s', (_name, edit) => {
    expect(() => read({}, edit)).toThrow(fault({ code: 'EVENT_INCOHERENT', hl7Code: '103' }));
  });

  it('refuses the same contradiction in an ORU', () => {
    expect(() => read({ messageType: 'ORU' }, (text) => text.replace('ORC|NW', 'ORC|CA'))).toThrow(
      fault({ code: 'EVENT_INCOHERENT', hl7Code: '103' }),
    );
  });

  it.each([
    ['PID^1^3', (text: string) => text.replace(/PID\|1\|\|[^|]*\|/, 'PID|1|||')],
    ['PID', (text: string) => text.replace(/PID[^\r]*\r/, '')],
    ['ORC', (text: string) => text.replace(/ORC[^\r]*\r/, '')],
    ['ORC^1^1', (text: string) => text.replace('ORC|NW', 'ORC')],
    ['TXA', (text: string) => text.replace(/TXA[^\r]*\r/, '')],
    ['TXA^1^12', (text: string) => text.replace('1.2.3.4.5.2025.77', '')],
    ['OBX', (text: string) => text.replace(/OBX\|1\|[^\r]*\r/, '')],
    ['OBX^1^5', (text: string) => text.replace(base64, '')],
    ['OBX^1^2', (text: string) => text.replace('OBX|1|ED', 'OBX|1|TX')],
    ['OBX^1^11', (text: string) => text.replace('||||||F\r', '\r')],
    ['OBR^1^4', (text: string) => text.replace(/\|11490-0\^[^|\r]*/g, '|')],
  ])('says that %s is missing', (location, edit) => {
    expect(() => read({}, edit)).toThrow(fault({ code: 'REQUIRED_FIELD', hl7Code: '101', location }));
  });

  it('asks a replacement for the document replaced', () => {
    expect(() => read({ kind: 'replace' })).toThrow(fault({ code: 'REQUIRED_FIELD', location: 'TXA^1^13' }));
  });

  it.each([
    ['another alphabet', `${base64.slice(0, -2)}-_`],
    ['a space inside', `${base64.slice(0, 8)} ${base64.slice(8)}`],
    ['a length of 1 modulo 4', `${base64}Q`],
  ])('refuses base64 with %s', (_name, data) => {
    expect(() => read({}, (text) => text.replace(base64, data))).toThrow(
      fault({ code: 'BASE64_INVALID', hl7Code: '102' }),
    );
  });

  it('refuses a document that is not in base64', () => {
    expect(() => read({}, (text) => text.replace('XML^Base64^', 'XML^A^'))).toThrow(fault({ code: 'BASE64_INVALID' }));
  });

  it('accepts missing padding', () => {
    const cda = Buffer.from('<a/>');
    expect(read({ cda }, (text) => text.replace(/(\^PGEvPg)==/, '$1')).cda).toEqual(cda);
  });

  it('refuses a document above the limit before decoding it', () => {
    const message = parseMessage(writeDocumentMessage({ ...sampleDocument, cda: Buffer.alloc(1_001) }));
    expect(() => readDocumentMessage(message, { maxDocumentBytes: 1_000 })).toThrow(
      fault({ code: 'DOCUMENT_TOO_LARGE', hl7Code: '102' }),
    );
    expect(readDocumentMessage(message, { maxDocumentBytes: 1_001 }).cda).toHaveLength(1_001);
  });

  it('refuses 40 MB of A under the default limit', () => {
    const message = parseMessage(
      Buffer.from(writeDocumentMessage(sampleDocument).toString().replace(base64, 'A'.repeat(40_000_000))),
    );
    expect(() => readDocumentMessage(message)).toThrow(fault({ code: 'DOCUMENT_TOO_LARGE' }));
  });

  it('refuses an invalid INS', () => {
    expect(() => read({}, (text) => text.replace('279035121518989^', '279035121518988^'))).toThrow(
      fault({ code: 'INS_INVALID', hl7Code: '102', location: 'PID^1^3' }),
    );
  });

  it('refuses two documents in one message', () => {
    const second = `OBX|2|ED|11490-0^L^LN||^TEXT^XML^Base64^${base64}||||||F\r`;
    expect(() => read({ messageType: 'ORU' }, (text) => text + second)).toThrow(
      fault({ code: 'MULTIPLE_DOCUMENTS', hl7Code: '207' }),
    );
  });

  it.each([
    ['MESSAGE_TYPE_UNSUPPORTED', '200', 'MDM^T02', 'ADT^A01'],
    ['EVENT_UNSUPPORTED', '201', 'MDM^T02', 'MDM^T08'],
    ['VERSION_UNSUPPORTED', '203', '|T|2.6', '|T|2.3'],
    ['PROCESSING_ID_UNSUPPORTED', '202', '|T|2.6', '|X|2.6'],
  ])('answers %s with %s', (code, hl7Code, from, to) => {
    expect(() => read({}, (text) => text.replace(from, to))).toThrow(fault({ code, hl7Code }));
  });
});
