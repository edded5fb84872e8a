import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Hl7Fault } from './hl7-fault.errors.js';
import { parseMessage } from './parse-message.js';
import { readAdt } from './read-adt.js';
import { readDocumentMessage } from './read-document-message.js';
import { sampleAdt, sampleDocument } from './testing/fixtures.js';
import { writeAdt } from './write-adt.js';
import { writeDocumentMessage } from './write-document-message.js';

/** Reads as a door would; only a fault may come out. */
function attempt(bytes: Buffer): string {
  try {
    const message = parseMessage(bytes);
    return message.header.messageType === 'ADT' ? readAdt(message).event : readDocumentMessage(message).kind;
  } catch (error) {
    if (!(error instanceof Hl7Fault)) throw error;
    expect(error.textFr).not.toContain('279035121518989');
    return error.code;
  }
}

const change = fc.record({
  place: fc.nat(),
  removed: fc.nat({ max: 40 }),
  inserted: fc.oneof(
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('\r', '|', '^', '~', '&', '\\', '\\X0D\\', '\r\n', '""', '\u000b', 'PID|')
      .map((text) => Buffer.from(text)),
  ),
});

describe('any damage to a message', () => {
  it.each([
    ['ADT', writeAdt(sampleAdt)],
    ['MDM', writeDocumentMessage(sampleDocument)],
    ['ORU', writeDocumentMessage({ ...sampleDocument, messageType: 'ORU' })],
  ])('to an %s ends in a reading or in a fault with a code', (_name, original) => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = changes.reduce<Buffer>((bytes, { place, removed, inserted }) => {
          const at = place % (bytes.length + 1);
          return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
        }, original);
        expect(attempt(damaged)).toMatch(/^[A-Za-z0-9_]+$/);
      }),
      { numRuns: 500 },
    );
  });

  it('never gives a replacement character in a name', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0x80, max: 0xff }), (place, byte) => {
        const original = writeAdt(sampleAdt);
        original[place % original.length] = byte;
        try {
          expect(JSON.stringify(readAdt(parseMessage(original)))).not.toContain('\ufffd');
        } catch (error) {
          if (!(error instanceof Hl7Fault)) throw error;
        }
      }),
    );
  });

  it('takes random bytes for no message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['HL7_MALFORMED', 'CHARSET_MISMATCH']).toContain(attempt(Buffer.from(bytes)));
      }),
    );
  });
});
