import { describe, expect, it } from '@jest/globals';
import { Hl7Fault } from './hl7-fault.errors.js';
import { LIMITS } from './limits.js';
import { type ParseOptions, parseMessage } from './parse-message.js';

const MSH =
  'MSH|^~\\&|GAM|HOP|PFI|HOP|20250102101500||ADT^A08^ADT_A01|M1|T|2.5^FRA^2.11|||||FRA|UNICODE UTF-8|FR||2.11^IHE_FRANCE-2.11-PAM';

function faultOf(bytes: Buffer | string, options?: ParseOptions): Hl7Fault {
  try {
    parseMessage(Buffer.from(bytes), options);
  } catch (error) {
    if (error instanceof Hl7Fault) return error;
    throw error;
  }
  throw new Error('the message was accepted');
}

const withCharset = (charset: string): string => MSH.replace('UNICODE UTF-8', charset);

describe('parseMessage: header and segments', () => {
  it('reads the header', () => {
    expect(parseMessage(Buffer.from(`${MSH}\rEVN||20250102\r`)).header).toEqual({
      application: 'GAM',
      facility: 'HOP',
      receivingApplication: 'PFI',
      receivingFacility: 'HOP',
      at: '20250102101500',
      messageType: 'ADT',
      event: 'A08',
      structure: 'ADT_A01',
      controlId: 'M1',
      processingId: 'T',
      version: '2.5',
      nationalVersion: '2.11',
      charset: 'UNICODE UTF-8',
      profile: '2.11^IHE_FRANCE-2.11-PAM',
    });
  });

  it.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('accepts segments ended by %s from a lenient source', (_name, end) => {
    const message = parseMessage(Buffer.from([MSH, 'PID|1', '', 'PV1|1|N', ''].join(end)));
    expect(message.all.map(({ name }) => name)).toEqual(['MSH', 'PID', 'PV1']);
    expect(message.segment('PV1')?.value(2)).toBe('N');
  });

  it('accepts LF segments that one CR closes', () => {
    const message = parseMessage(Buffer.from(`${MSH}\nPID|1\nPV1|1|N\r`));
    expect(message.all.map(({ name }) => name)).toEqual(['MSH', 'PID', 'PV1']);
    expect(message.required('PV1').value(2)).toBe('N');
  });

  it.each([
    ['LF segments with a stray CR', `${MSH}\nPID|1\rNK1|1\nPV1|1|N\n`],
    ['CR segments with a stray LF', `${MSH}\rPID|1\nNK1|1\rPV1|1|N\r`],
    ['CRLF segments with a stray LF and CR', `${MSH}\r\nPID|1\nNK1|1\rPV1|1|N\r\n`],
    ['LFCR segments', `${MSH}\n\rPID|1\n\rNK1|1\n\rPV1|1|N`],
  ])('swallows no segment of %s', (_name, text) => {
    const message = parseMessage(Buffer.from(text));
    expect(message.all.map(({ name }) => name)).toEqual(['MSH', 'PID', 'NK1', 'PV1']);
    expect(message.segment('PV1')?.value(2)).toBe('N');
  });

  it.each(['\r', '\n', '\r\n'])('refuses base64 that %p cuts', (end) => {
    const cut = `${MSH}\rOBX|1|ED|C||^TEXT^XML^Base64^${'QUFB'.repeat(19)}${end}${'QUFB'.repeat(19)}||||||F\r`;
    expect(faultOf(cut)).toMatchObject({ code: 'BASE64_INVALID', hl7Code: '102', location: 'OBX^1^5' });
  });

  it.each(['\n', '\r\n'])('refuses segments ended by %p from a strict source', (end) => {
    expect(faultOf([MSH, 'PID|1', ''].join(end), { separators: 'strict' })).toMatchObject({
      code: 'HL7_MALFORMED',
      hl7Code: '100',
      header: { controlId: 'M1', application: 'GAM' },
    });
  });

  it('accepts segments ended by CR from a strict source', () => {
    expect(parseMessage(Buffer.from(`${MSH}\rPID|1\r`), { separators: 'strict' }).all).toHaveLength(2);
  });

  it.each([
    ['nothing', ''],
    ['no MSH', 'PID|1||X\r'],
    ['a lone start block', '\u000b'],
    ['an MSH that is too short', 'MSH|^~'],
    ['an MSH without its separators', 'MSH||GAM|HOP'],
    ['a repeated separator', MSH.replace('^~\\&', '^^\\&')],
    ['a field separator among the others', MSH.replace('^~\\&', '^~\\')],
    ['letters as separators', 'MSHABCDEAGAMAHOPA'],
    ['a line that is no segment', `${MSH}\rsome text\r`],
    ['a second MSH', `${MSH}\r${MSH}\r`],
  ])('refuses %s', (_name, text) => {
    expect(faultOf(text)).toMatchObject({ code: 'HL7_MALFORMED', hl7Code: '100', kind: 'invalid' });
  });

  it('reads other separators than the usual ones', () => {
    const message = parseMessage(Buffer.from('MSH$*~\\&$GAM$HOP$$$2025$$ADT*A08$M1$P$2.5\rPID$1$$X|1*a^b\r'));
    expect(message.segment('PID')?.value(3)).toBe('X|1');
    expect(message.segment('PID')?.value(3, 2)).toBe('a^b');
  });

  it.each([
    ['MSH^1^10', MSH.replace('|M1|', '||')],
    ['MSH^1^9', MSH.replace('ADT^A08^ADT_A01', '')],
  ])('says that %s is missing', (location, text) => {
    expect(faultOf(text)).toMatchObject({ code: 'REQUIRED_FIELD', hl7Code: '101', location });
  });
});

describe('parseMessage: character sets', () => {
  it('reads UTF-8, and takes an empty MSH-18 for it', () => {
    for (const charset of ['UNICODE UTF-8', '']) {
      const message = parseMessage(Buffer.from(`${withCharset(charset)}\rPID|1||||ÉLODIE^€\r`));
      expect(message.segment('PID')?.value(5)).toBe('ÉLODIE');
      expect(message.segment('PID')?.value(5, 2)).toBe('€');
    }
  });

  it('reads Latin-9, euro sign and œ included', () => {
    const bytes = Buffer.concat([
      Buffer.from(`${withCharset('8859/15')}\rPID|1||||C`),
      Buffer.from([0xbd, 0x55, 0x52, 0xa4]),
      Buffer.from('\r'),
    ]);
    expect(parseMessage(bytes).segment('PID')?.value(5)).toBe('CœUR€');
  });

  it('reads Latin-1', () => {
    const bytes = Buffer.from(`${withCharset('8859/1')}\rPID|1||||\u00c9LODIE\r`, 'latin1');
    expect(parseMessage(bytes).segment('PID')?.value(5)).toBe('ÉLODIE');
  });

  it.each(['lenient', 'strict'] as const)('skips the UTF-8 mark of a %s source', (separators) => {
    const message = parseMessage(Buffer.from(`\ufeff${MSH}\rPID|1||||ÉLODIE\r`), { separators });
    expect(message.header.controlId).toBe('M1');
    expect(message.segment('PID')?.value(5)).toBe('ÉLODIE');
  });

  it.each(['lenient', 'strict'] as const)(
    'takes the UTF-8 mark of a %s source for a contradiction of Latin-1',
    (separators) => {
      expect(faultOf(`\ufeff${withCharset('8859/1')}\r`, { separators })).toMatchObject({ code: 'CHARSET_MISMATCH' });
    },
  );

  it.each([
    ['Latin-1 bytes declared as UTF-8', Buffer.from(`${MSH}\rPID|1||||\u00c9LODIE\r`, 'latin1')],
    ['UTF-8 bytes declared as Latin-1', Buffer.from(`${withCharset('8859/1')}\rPID|1||||Zoé\r`)],
    ['UTF-8 bytes declared as Latin-9', Buffer.from(`${withCharset('8859/15')}\rPID|1||||Zoé\r`)],
    [
      'Windows-1252 bytes declared as Latin-1',
      Buffer.from(`${withCharset('8859/1')}\rPID|1||||C\u009cUR\u00c9\r`, 'latin1'),
    ],
    ['a lone surrogate', Buffer.concat([Buffer.from(`${MSH}\rPID|1||||`), Buffer.from([0xed, 0xa0, 0x80, 0x0d])])],
    ['a NUL', Buffer.from(`${MSH}\rPID|1||||A\0B\r`)],
    ['UTF-16', Buffer.from(MSH, 'utf16le')],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${MSH}`, 'utf16le')],
    ['a set that we do not know', Buffer.from(withCharset('ISO IR87'))],
  ])('refuses %s', (_name, bytes) => {
    expect(faultOf(bytes)).toMatchObject({ code: 'CHARSET_MISMATCH', hl7Code: '102' });
  });
});

describe('parseMessage: limits', () => {
  it.each([
    ['too many segments', `${MSH}\r${'NTE|1\r'.repeat(5_000)}`],
    ['too many repetitions', `${MSH}\rPID|1||${'A~'.repeat(10_000)}\r`],
    ['a field of 1 MB', `${MSH}\rPID|1||${'A'.repeat(1_048_576)}\r`],
    ['a text of 1 MB in an OBX', `${MSH}\rOBX|1|TX|C||${'A'.repeat(1_048_576)}\r`],
    ['too many blank lines', `${MSH}\r${'\r\n'.repeat(5_000)}`],
    ['a segment of two million empty fields', `${MSH}\rPID|${'|'.repeat(2_000_000)}\r`],
    ['a short segment of too many fields', `${MSH}\rPID|${'|'.repeat(LIMITS.fields)}\r`],
    ['a document segment of too many fields', `${MSH}\rOBX|1|ED|C||QUFB${'|'.repeat(LIMITS.fields)}\r`],
    ['an endless control id', MSH.replace('|M1|', `|${'M'.repeat(500)}|`)],
  ])('refuses %s', (_name, text) => {
    expect(faultOf(text)).toMatchObject({ code: 'LIMIT_EXCEEDED', hl7Code: '102', header: { application: 'GAM' } });
  });

  it('accepts what stands at the limit', () => {
    const repetitions = `${'A~'.repeat(LIMITS.repetitions - 1)}A`;
    const fields = '|'.repeat(LIMITS.fields - 3);
    const text = `${MSH}\rPID|1||${repetitions}${fields}\r${'NTE|1\r'.repeat(LIMITS.segments - 2)}`;
    const message = parseMessage(Buffer.from(text));
    expect(message.segment('PID')?.repetitions(3)).toHaveLength(LIMITS.repetitions);
  });

  it('lets the data of an ED be long, as a slice of the message', () => {
    const data = 'QUFB'.repeat(400_000);
    const bytes = Buffer.from(`${MSH}\rOBX|1|ED|C||^TEXT^XML^Base64^${data}||||||F\r`);
    const obx = parseMessage(bytes).segment('OBX');
    expect(obx?.bytes(5).buffer).toBe(bytes.buffer);
    expect(obx?.value(11)).toBe('F');
  });
});

describe('parseMessage: noise', () => {
  it('refuses a first line without end before reading it', () => {
    expect(faultOf(`MSH|^~\\&|${'|'.repeat(5_000_000)}`)).toMatchObject({ code: 'LIMIT_EXCEEDED', hl7Code: '102' });
  });
});

describe('Segment', () => {
  it('trims parts, non-breaking spaces included, and reads the HL7 null as nothing', () => {
    const message = parseMessage(Buffer.from(`${MSH}\rPID|1|""| X \u00a0^ y&  z~second\r`));
    const pid = message.required('PID');
    expect([pid.value(2), pid.value(3), pid.value(3, 2), pid.value(3, 2, 2), pid.value(9)]).toEqual([
      '',
      'X',
      'y',
      'z',
      '',
    ]);
    expect(pid.repetitions(3).map((value) => value.component(1))).toEqual(['X', 'second']);
  });

  it('takes an escaped separator for data', () => {
    const message = parseMessage(Buffer.from(`${MSH}\rPID|1||||O\\T\\NEILL\\X0D\\PV1\\F\\1^A\\S\\B\r`));
    expect(message.all).toHaveLength(2);
    expect(message.required('PID').value(5)).toBe('O&NEILL\rPV1|1');
    expect(message.required('PID').value(5, 2)).toBe('A^B');
  });
});
