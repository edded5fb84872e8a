import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildAck, readAck } from './acknowledgement.js';
import { parseMessage } from './parse-message.js';
import { sampleAdt, sampleDocument, sampleHeader } from './testing/fixtures.js';
import { writeAdt } from './write-adt.js';
import { writeDocumentMessage } from './write-document-message.js';

const at = new Date('2025-01-02T09:15:01Z');

describe('buildAck', () => {
  it('swaps the two sides and names the event, in the words of the volet', () => {
    const request = parseMessage(writeDocumentMessage(sampleDocument)).header;
    expect(buildAck({ request, code: 'AA', controlId: 'A77', at }).toString()).toBe(
      'MSH|^~\\&|PFI|HOP|DPI|HOP|20250102101501||ACK^T02^ACK|A77|T|2.6|||||FRA|UNICODE UTF-8|||2.1^CISIS_CDA_HL7_V2\r' +
        'MSA|AA|M1\r',
    );
  });

  it('answers PAM France in its own version', () => {
    const request = parseMessage(writeAdt(sampleAdt)).header;
    expect(parseMessage(buildAck({ request, code: 'AA', controlId: 'A', at })).header).toMatchObject({
      event: 'A01',
      version: '2.5',
      nationalVersion: '2.11',
      profile: '2.11^IHE_FRANCE-2.11-PAM',
    });
  });

  it('carries the code of table 0357, ours, the place and the French text', () => {
    const error = {
      hl7Code: '101',
      code: 'REQUIRED_FIELD',
      textFr: 'Champ | obligatoire',
      location: 'TXA^1^12',
    } as const;
    const request = parseMessage(writeDocumentMessage(sampleDocument)).header;
    const bytes = buildAck({ request, code: 'AE', controlId: 'A', at, error });
    expect(bytes.toString()).toContain(
      '\rERR||TXA^1^12|101^Required field missing^messageErrorCondition|E|REQUIRED_FIELD^',
    );
    expect(readAck(bytes)).toEqual({ code: 'AE', controlId: 'M1', ackControlId: 'A', error });
  });

  it('answers in the character set of the request', () => {
    const request = parseMessage(writeAdt({ ...sampleAdt, header: { ...sampleHeader, charset: '8859/15' } })).header;
    const error = { hl7Code: '207', code: 'X', textFr: 'Réessayez : cœur à 1 €' } as const;
    const bytes = buildAck({ request, code: 'AR', controlId: 'A', at, error });
    expect(bytes.includes(0xa4)).toBe(true);
    expect(readAck(bytes).error).toEqual(error);
  });

  it('answers a message whose header could not be read', () => {
    const bytes = buildAck({ request: undefined, code: 'AE', controlId: 'A', at });
    expect(parseMessage(bytes).required('MSA').value(1)).toBe('AE');
  });

  it('gives back any text of an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const textFr = `${text.replaceAll('\0', '')}.`.trimStart();
        const error = { hl7Code: '207', code: 'X', textFr } as const;
        const request = { controlId: 'M', application: text };
        expect(readAck(buildAck({ request, code: 'AE', controlId: 'A', at, error }))).toEqual({
          code: 'AE',
          controlId: 'M',
          ackControlId: 'A',
          error,
        });
      }),
    );
  });
});

describe('readAck', () => {
  const ack = (msa: string): Buffer => Buffer.from(`MSH|^~\\&|A|B|C|D|2025||ACK|1|P|2.5\r${msa}\r`);

  it('reads enhanced-mode answers as original ones', () => {
    expect(readAck(ack('MSA|CA|M1')).code).toBe('AA');
    expect(readAck(ack('MSA|CE|M1')).code).toBe('AE');
  });

  it.each(['MSA|ZZ|M1', 'MSA|AA', 'NTE|1'])('refuses %p', (msa) => {
    expect(() => readAck(ack(msa))).toThrow(expect.objectContaining({ code: 'REQUIRED_FIELD' }) as unknown as Error);
  });

  it('refuses another message', () => {
    expect(() => readAck(writeAdt(sampleAdt))).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TYPE_UNSUPPORTED' }) as unknown as Error,
    );
  });
});
