import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@pfi/platform-testing';
import { adt, mdm, newPatient, readAnswer } from '@pfi/tools';
import type { DocumentOptions, RejectView } from '@pfi/tools';
import { withField, withoutSegment, withSegment } from '../setup/hl7-damage.js';
import { Platform } from '../setup/platform.js';

const platform = new Platform();
const dpi = platform.sender('dpi-a');
const gam = platform.sender('gam');
const patient = newPatient(dpi.authority);
const letter = (options: DocumentOptions = {}) => mdm(dpi, patient, options).message;
const admission = () => adt(gam, 'A28', patient, 'provisoire').message;
const base64Of = (rewrite: (base64: string) => string) =>
  withSegment(letter(), 'OBX', (obx) => obx.replace(/(\^Base64\^)([^|]+)/, (_all, head, data) => head + rewrite(data)));

afterAll(() => platform.close());

/** Refused messages of that size, newest first: what could not be read has no other mark. */
async function kept(door: 'documents' | 'identity', size: number): Promise<RejectView[]> {
  const rejects = await platform.api.rejects(door, { limit: '100' });
  return rejects.filter((reject) => reject.size === size);
}

async function expectOthersServed(): Promise<void> {
  const someone = newPatient(dpi.authority);
  await platform.tellIdentity('gam', 'A28', someone, 'qualifiee');
  const sent = await platform.send(mdm(dpi, someone, { insInCda: someone.ins }));
  await platform.awaitDmp(sent, 'delivered');
}

type Row = readonly [
  row: string,
  title: string,
  message: () => Buffer,
  answer: `${'AE' | 'AR'} ${number} ${string}`,
  location: string,
];

const unreadable: readonly Row[] = [
  ['B-01', 'a message without MSH', () => Buffer.from(`PID|1||${patient.ipp}\r`), 'AE 100 HL7_MALFORMED', ''],
  ['B-02', 'an MSH that is too short', () => Buffer.from('MSH|^~'), 'AE 100 HL7_MALFORMED', ''],
  ['B-03', 'a repeated separator', () => replaced('MSH|^~\\&', 'MSH|^^\\&'), 'AE 100 HL7_MALFORMED', ''],
  [
    'B-10',
    'Latin-1 bytes declared as UTF-8',
    () => withField(letter(), 'PID', 5, 'ESSAI-\u00c9'),
    'AE 102 CHARSET_MISMATCH',
    '',
  ],
  ['B-10', 'UTF-8 bytes declared as Latin-9', () => declaredLatin9(), 'AE 102 CHARSET_MISMATCH', ''],
  ['B-10', 'UTF-16', () => Buffer.from(letter().toString('utf8'), 'utf16le'), 'AE 102 CHARSET_MISMATCH', ''],
  ['B-10', 'a NUL', () => withField(letter(), 'PID', 5, 'ESSAI\0'), 'AE 102 CHARSET_MISMATCH', ''],
  [
    'B-10',
    'a lone surrogate',
    () => withField(letter(), 'PID', 5, '\u00ed\u00a0\u0080'),
    'AE 102 CHARSET_MISMATCH',
    '',
  ],
  ['B-11', 'no MSH-10', () => withField(letter(), 'MSH', 10, ''), 'AE 101 REQUIRED_FIELD', 'MSH^1^10'],
  ['B-11', 'no MSH-9', () => withField(letter(), 'MSH', 9, ''), 'AE 101 REQUIRED_FIELD', 'MSH^1^9'],
];

const refused: readonly Row[] = [
  ['B-11', 'no PID-3', () => withField(letter(), 'PID', 3, ''), 'AE 101 REQUIRED_FIELD', 'PID^1^3'],
  ['B-11', 'no TXA', () => withoutSegment(letter(), 'TXA'), 'AE 101 REQUIRED_FIELD', 'TXA^^'],
  ['B-11', 'no OBX', () => withoutSegment(letter(), 'OBX'), 'AE 101 REQUIRED_FIELD', 'OBX^^'],
  [
    'B-12',
    'an unknown type',
    () => withField(letter(), 'MSH', 9, 'QRY^A19^QRY_A19'),
    'AE 200 MESSAGE_TYPE_UNSUPPORTED',
    '',
  ],
  ['B-12', 'an unknown event', () => withField(letter(), 'MSH', 9, 'MDM^T06^MDM_T02'), 'AE 201 EVENT_UNSUPPORTED', ''],
  ['B-12', 'a test message (T)', () => withField(letter(), 'MSH', 11, 'T'), 'AE 202 PROCESSING_ID_UNSUPPORTED', ''],
  ['B-12', 'an unknown version', () => withField(letter(), 'MSH', 12, '9.9'), 'AE 203 VERSION_UNSUPPORTED', ''],
  [
    'B-16',
    'a patient of another identity domain',
    () => withField(letter(), 'PID', 3, 'P1^^^CH-ROCHE&2.999.1.2&ISO^PI'),
    'AE 207 SOURCE_NOT_ALLOWED',
    '',
  ],
  ['B-16', 'an unknown application', () => withField(letter(), 'MSH', 3, 'INCONNUE'), 'AE 207 SOURCE_NOT_ALLOWED', ''],
  [
    'B-16',
    'a facility of somebody else',
    () => withField(letter(), 'MSH', 4, 'CH-ROCHE'),
    'AE 207 SOURCE_NOT_ALLOWED',
    '',
  ],
  ['B-20', 'base64 of another alphabet', () => base64Of((data) => `-_${data.slice(2)}`), 'AE 102 BASE64_INVALID', ''],
  [
    'B-20',
    'base64 with a space inside',
    () => base64Of((data) => `${data.slice(0, 8)} ${data.slice(8)}`),
    'AE 102 BASE64_INVALID',
    '',
  ],
  [
    'B-20',
    'base64 of a length 1 modulo 4',
    () => base64Of((data) => `${data.slice(0, 400)}A`),
    'AE 102 BASE64_INVALID',
    '',
  ],
  ['B-20', 'wrong padding', () => base64Of((data) => `${data.slice(0, 400)}=`), 'AE 102 BASE64_INVALID', ''],
  ['B-20', '40 MB of A', () => base64Of(() => 'A'.repeat(40 * 1024 * 1024)), 'AE 102 DOCUMENT_TOO_LARGE', ''],
  ['B-30', 'a DOCTYPE in the CDA', () => letter({ defects: ['doctype'] }), 'AE 102 XML_DTD_FORBIDDEN', ''],
  ['B-31', 'a CDA 100,000 elements deep', () => letter({ defects: ['deep'] }), 'AE 102 XML_LIMIT', ''],
  ['B-31', 'a CDA element with 100,000 attributes', () => letter({ cda: manyAttributes() }), 'AE 102 XML_LIMIT', ''],
];

describe('a message that cannot be read', () => {
  it.each(unreadable)('%s %s is answered and kept', async (_row, _title, make, answer, location) => {
    const message = make();
    const said = readAnswer(await platform.doors.documentBytes(message));
    expect(`${said.code} ${said.hl7Code} ${said.ourCode}`).toBe(answer);
    if (location) expect(said.location).toBe(location);
    expect(said.text).toMatch(/[a-zé]/);
    expect(await kept('documents', message.length)).toContainEqual(expect.objectContaining({ code: said.ourCode }));
  });
});

describe('a message that is refused', () => {
  it.each(refused)('%s %s is answered, kept and creates no document', async (_row, _title, make, answer, location) => {
    const message = make();
    const controlId = message.subarray(0, 400).toString('latin1').split('|')[9] ?? '';
    const said = readAnswer(await platform.doors.documentBytes(message));
    expect(`${said.code} ${said.hl7Code} ${said.ourCode}`).toBe(answer);
    if (location) expect(said.location).toBe(location);
    expect(await platform.api.rejects('documents', { controlId })).toMatchObject([
      { controlId, code: said.ourCode, size: message.length, text: said.text },
    ]);
    expect(await platform.api.documents({ controlId })).toEqual([]);
  });

  it('B-12 at the ADT door is answered and kept', async () => {
    const message = withField(admission(), 'MSH', 9, 'ADT^A99^ADT_A01');
    const said = readAnswer(await platform.doors.identityBytes(message));
    expect(`${said.code} ${said.hl7Code} ${said.ourCode}`).toBe('AE 201 EVENT_UNSUPPORTED');
    expect(await kept('identity', message.length)).toContainEqual(
      expect.objectContaining({ code: 'EVENT_UNSUPPORTED' }),
    );
  });

  it('B-16 at the ADT door is answered and kept', async () => {
    const message = withField(admission(), 'PID', 3, 'P1^^^CH-ROCHE&2.999.1.2&ISO^PI');
    const said = readAnswer(await platform.doors.identityBytes(message));
    expect(`${said.code} ${said.hl7Code} ${said.ourCode}`).toBe('AE 207 SOURCE_NOT_ALLOWED');
    expect(await kept('identity', message.length)).toContainEqual(
      expect.objectContaining({ code: 'SOURCE_NOT_ALLOWED' }),
    );
  });

  it('says nothing of the patient in its answer', async () => {
    const message = withField(letter(), 'PID', 7, '19800231');
    const said = JSON.stringify(readAnswer(await platform.doors.documentBytes(message)));
    for (const secret of [patient.ins.matricule, patient.traits.birthName]) expect(said).not.toContain(secret);
  });

  it('leaves everybody else served', expectOthersServed);
});

describe('ends of segments', () => {
  it.each(['\n', '\r\n'])('B-04 %j from a lenient source are accepted', async (end) => {
    const sent = mdm(dpi, newPatient(dpi.authority));
    const message = Buffer.from(sent.message.toString('latin1').replaceAll('\r', end), 'latin1');
    expect(await platform.doors.document(message)).toMatchObject({ code: 'AA', controlId: sent.controlId });
    expect(await platform.documentOf(sent)).toMatchObject({ documentId: sent.documentId });
  });

  it('B-04 LF from a strict source is refused, with the error codes that this sender wants exchanged', async () => {
    const strict = platform.sender('dpi-strict');
    const { message } = mdm(strict, newPatient(strict.authority));
    const said = readAnswer(
      await platform.doors.documentBytes(Buffer.from(message.toString('latin1').replaceAll('\r', '\n'), 'latin1')),
    );
    expect(`${said.code} ${said.hl7Code} ${said.ourCode}`).toBe('AR 100 HL7_MALFORMED');
  });

  it('B-10 a UTF-8 mark from a lenient source is passed over', async () => {
    const sent = mdm(dpi, newPatient(dpi.authority));
    const ack = await platform.doors.document(Buffer.concat([Buffer.from('\ufeff'), sent.message]));
    expect(ack).toMatchObject({ code: 'AA', controlId: sent.controlId });
    await eventually(async () => expect(await platform.documentOf(sent)).toBeDefined());
  });
});

function replaced(from: string, to: string): Buffer {
  return Buffer.from(letter().toString('latin1').replace(from, to), 'latin1');
}

function declaredLatin9(): Buffer {
  return withField(withField(letter(), 'MSH', 18, '8859/15'), 'PID', 5, Buffer.from('ESSAI-ZOÉ').toString('latin1'));
}

function manyAttributes(): Buffer {
  const attributes = Array.from({ length: 100_000 }, (_, index) => `a${index}="x"`).join(' ');
  const { cda } = mdm(dpi, patient);
  return Buffer.from(cda.toString('utf8').replace('<title>', `<title ${attributes}>`));
}
