import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDtm, toDay, toInstant } from './hl7-time.js';

describe('toInstant', () => {
  it.each([
    ['20250102101500+0100', '2025-01-02T09:15:00.000Z'],
    ['20250102101500-0330', '2025-01-02T13:45:00.000Z'],
    ['20250102101500', '2025-01-02T09:15:00.000Z'],
    ['20250702101500', '2025-07-02T08:15:00.000Z'],
    ['202106060931', '2021-06-06T07:31:00.000Z'],
    ['20250102101500.1234', '2025-01-02T09:15:00.123Z'],
    ['20250102', '2025-01-01T23:00:00.000Z'],
    ['2025', '2024-12-31T23:00:00.000Z'],
  ])('reads %s', (dtm, instant) => {
    expect(toInstant(dtm)?.toISOString()).toBe(instant);
  });

  it.each(['', '20250231', '20251301', '2025010225', '202501021060', 'demain', '20250102101500Z'])(
    'refuses %p',
    (dtm) => {
      expect(toInstant(dtm)).toBeUndefined();
    },
  );

  it('gives back what formatDtm wrote, but for the hour that exists twice in autumn', () => {
    const range = { min: new Date('1990-01-01T00:00:00Z'), max: new Date('2040-01-01T00:00:00Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), (at) => {
        const read = toInstant(formatDtm(at))?.getTime() ?? Number.NaN;
        expect([0, -3_600_000, 3_600_000]).toContain(read - Math.floor(at.getTime() / 1000) * 1000);
        expect(formatDtm(new Date(read))).toBe(formatDtm(at));
      }),
    );
  });
});

describe('zones', () => {
  it.each(['20240101120000+9999', '20240101120000+0160'])('refuses a zone that does not exist: %s', (dtm) => {
    expect(toInstant(dtm)).toBeUndefined();
  });
});

describe('toDay', () => {
  it('reads the day of a date or of a date and time', () => {
    expect(toDay('19790328')).toBe('1979-03-28');
    expect(toDay('20240229101500+0100')).toBe('2024-02-29');
  });

  it.each(['', '1979', '197903', '19790231', '20230229'])('refuses %p', (date) => {
    expect(toDay(date)).toBeUndefined();
  });
});
