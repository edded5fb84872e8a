import { describe, expect, it } from '@jest/globals';
import { type AdtEvent, type UsedAdt, adtEvents, unusedAdtEvents } from './adt.js';
import { parseMessage } from './parse-message.js';
import { readAdt } from './read-adt.js';
import { sampleAdt, sampleHeader } from './testing/fixtures.js';
import { type AdtSpec, writeAdt } from './write-adt.js';

function used(spec: Partial<AdtSpec>, edit: (text: string) => string = (text) => text): UsedAdt {
  const adt = readAdt(parseMessage(Buffer.from(edit(writeAdt({ ...sampleAdt, ...spec }).toString()))));
  if (adt.kind === 'unused') throw new Error('unused event');
  return adt;
}

const faultOf = (spec: Partial<AdtSpec>, edit?: (text: string) => string): (() => UsedAdt) => {
  return () => used(spec, edit);
};
const fault = (properties: Record<string, unknown>): unknown =>
  expect.objectContaining({ name: 'Hl7Fault', ...properties });

describe('readAdt', () => {
  it('gives back every part that a sender wrote', () => {
    const { header: _header, event: _event, occurredAt, ...content } = sampleAdt;
    expect(used({})).toMatchObject({ kind: 'movement', event: 'A01', occurredAt, ...content, warnings: [] });
  });

  it('gives back the same in Latin-9', () => {
    const bytes = writeAdt({ ...sampleAdt, header: { ...sampleHeader, charset: '8859/15' } });
    expect(readAdt(parseMessage(bytes))).toMatchObject({ patient: sampleAdt.patient });
  });

  it.each(Object.keys(adtEvents).filter((event) => event !== 'A40') as AdtEvent[])('applies %s', (event) => {
    expect(used({ event })).toMatchObject({ event, kind: adtEvents[event] });
  });

  it('reads the two identities of an A40', () => {
    const mrg = { identifiers: [{ authority: { name: 'HOP', oid: '1.2.3.4.9' }, value: 'IPP0002', type: 'PI' }] };
    expect(used({ event: 'A40', mrg })).toMatchObject({
      kind: 'merge',
      mrg,
      patient: { identifiers: [{ value: 'IPP0001' }] },
    });
  });

  it('refuses an A40 that does not say which identity disappears', () => {
    expect(faultOf({ event: 'A40' })).toThrow(fault({ code: 'REQUIRED_FIELD', location: 'MRG' }) as Error);
  });

  it('refuses a message about two patients', () => {
    const twice = (text: string): string => text.replace(/(PID[^\r]*\r)/, '$1$1');
    expect(faultOf({}, twice)).toThrow(fault({ code: 'MULTIPLE_PATIENTS', hl7Code: '207', location: 'PID' }) as Error);
  });

  it('keeps the other events of PAM France as unused, whatever they hold', () => {
    for (const event of unusedAdtEvents) {
      const bytes = Buffer.from(
        writeAdt({ ...sampleAdt, event })
          .toString()
          .replace(/PID[^\r]*\r/, ''),
      );
      expect(readAdt(parseMessage(bytes))).toMatchObject({ kind: 'unused', event, occurredAt: sampleAdt.occurredAt });
    }
  });

  it.each([
    ['an unknown event', { event: 'A99' }, undefined, 'EVENT_UNSUPPORTED', '201'],
    ['an event named like a property', { event: 'constructor' }, undefined, 'EVENT_UNSUPPORTED', '201'],
    ['another type', {}, (text: string) => text.replace('ADT^A01', 'SIU^S12'), 'MESSAGE_TYPE_UNSUPPORTED', '200'],
    ['another version', {}, (text: string) => text.replace('|2.5^FRA', '|2.2^FRA'), 'VERSION_UNSUPPORTED', '203'],
    [
      'an unknown processing id',
      {},
      (text: string) => text.replace('|T|2.5', '|Q|2.5'),
      'PROCESSING_ID_UNSUPPORTED',
      '202',
    ],
    ['no PID', {}, (text: string) => text.replace(/PID[^\r]*\r/, ''), 'REQUIRED_FIELD', '101'],
    [
      'no identifier',
      { patient: { ...sampleAdt.patient, identifiers: [], ins: undefined } },
      undefined,
      'REQUIRED_FIELD',
      '101',
    ],
  ] as [string, Partial<AdtSpec>, ((text: string) => string) | undefined, string, string][])(
    'refuses %s',
    (_name, spec, edit, code, hl7Code) => {
      expect(faultOf(spec, edit)).toThrow(
        fault({ code, hl7Code, header: expect.objectContaining({ controlId: 'M1' }) }) as Error,
      );
    },
  );
});

describe('readAdt: INS', () => {
  it.each([
    ['a wrong key', (text: string) => text.replace('279035121518989', '279035121518988')],
    ['an OID that is not one of an INS', (text: string) => text.replace('1.2.250.1.213.1.4.10', '1.2.3.4')],
    ['a birth date that no calendar has', (text: string) => text.replace('|19790328|', '|19790231|')],
    ['a birth date to come', (text: string) => text.replace('|19790328|', '|20790328|')],
    ['a birth date of 1800', (text: string) => text.replace('|19790328|', '|18000101|')],
    [
      'two INS',
      (text: string) =>
        text.replace('|IPP0001', '|297022A02077878^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS~IPP0001'),
    ],
  ])('ignores the INS and says why: %s', (_name, edit) => {
    const { patient } = used({}, edit);
    expect(patient.ins).toBeUndefined();
    expect(patient.insProblem).toMatchObject({ code: 'INS_INVALID', textFr: expect.stringContaining('INS') });
    expect(patient.identifiers.map(({ value }) => value)).toEqual(['IPP0001']);
  });

  it('leaves an impossible birth date out of the traits, with a warning', () => {
    const adt = used({}, (text) => text.replace('|19790328|', '|19790231|'));
    expect(adt.patient.traits.birthDate).toBeUndefined();
    expect(adt.warnings).toEqual([expect.objectContaining({ code: 'BIRTH_DATE_INVALID' })]);
  });
});

describe('readAdt: what senders do', () => {
  it('takes the birth place from the BDL address only', () => {
    const home = '1 RUE X^^PARIS^^75007^FRA^H^^75107~^^^^^^BDL^^2A004';
    expect(used({}, (text) => text.replace('^^^^^^BDL^^2A004', home)).patient.traits.birthPlace).toBe('2A004');
    expect(used({}, (text) => text.replace('BDL^^2A004', 'H^^2A004')).patient.traits.birthPlace).toBeUndefined();
  });

  it('uses the first given name when the whole list is absent', () => {
    const adt = used({}, (text) => text.replace('^ANNE^ANNE MARIE^', '^ANNE^^'));
    expect(adt.patient.traits).toMatchObject({ birthGivenNames: 'ANNE', birthFirstGivenName: 'ANNE' });
  });

  it('reads an unknown sex as U', () => {
    expect(used({}, (text) => text.replace('|19790328|F', '|19790328|A')).patient.traits.sex).toBe('U');
  });

  it.each([
    ['PID-29 is the day', '2025-01-04'],
    ['PID-30 = Y alone: the day is not known', 'unknown-day'],
    ['PID-30 = N: it is denied', null],
    ['neither: nothing is said', undefined],
  ])('reads a death: %s', (_name, deceasedOn) => {
    const patient = { ...sampleAdt.patient, ...(deceasedOn === undefined ? {} : { deceasedOn }) };
    expect(used({ patient }).patient.deceasedOn).toBe(deceasedOn);
  });

  it('reads a death without a usable day, with a warning', () => {
    const patient = { ...sampleAdt.patient, deceasedOn: '2025-01-04' };
    const adt = used({ patient }, (text) => text.replace('20250104|Y', '20250231|Y'));
    expect(adt.patient.deceasedOn).toBe('unknown-day');
    expect(adt.warnings).toEqual([expect.objectContaining({ code: 'DEATH_DATE_INVALID' })]);
  });

  it('reads how a stay ended: PV1-36 and ZFM-2', () => {
    const visit = { patientClass: 'I', dischargeDisposition: '20' };
    expect(used({ visit, zfm: { exit: '9' } })).toMatchObject({ visit, zfm: { exit: '9' } });
  });

  it('reads a ZBE that is shifted by one field, with a warning', () => {
    const adt = used({}, (text) => text.replace('||INSERT|', '|20250105100000||INSERT|'));
    expect(adt.movement).toEqual(sampleAdt.movement);
    expect(adt.warnings).toEqual([expect.objectContaining({ code: 'ZBE_SHIFTED' })]);
  });

  it('warns about a movement without ZBE', () => {
    const adt = used({}, (text) => text.replace(/ZBE[^\r]*\r/, ''));
    expect(adt.movement).toBeUndefined();
    expect(adt.warnings).toEqual([expect.objectContaining({ code: 'ZBE_MISSING' })]);
  });

  it('reads a consent outside the nomenclature as not said, with a warning', () => {
    const adt = used({}, (text) => text.replace('|IO|', '|OUI|'));
    expect(adt.zfa?.opposition).toBeUndefined();
    expect(adt.warnings).toEqual([expect.objectContaining({ code: 'CONSENT_UNKNOWN' })]);
  });

  it('dates an event by EVN-6, else EVN-2, else MSH-7', () => {
    const evn = /EVN[^\r]*\r/;
    expect(used({}, (text) => text.replace(evn, 'EVN||20250103080000\r')).occurredAt).toEqual(
      new Date('2025-01-03T07:00:00Z'),
    );
    expect(used({}, (text) => text.replace(evn, '')).occurredAt).toEqual(sampleHeader.at);
  });
});
