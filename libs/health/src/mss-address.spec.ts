import { describe, expect, it } from '@jest/globals';
import { isTrustedAddress, parseMssAddress } from './mss-address.js';

describe('an MSSanté address', () => {
  it.each([
    'adam.hoda@test-ci-sis.mssante.fr',
    '279035121518989@patient.mssante.fr',
    "jean-marie.d'arc_2+urgences@chu.mssante.fr",
  ])('is read from %s', (text) => {
    expect(parseMssAddress(text)?.text).toBe(text);
  });

  it('has its domain in lower case, whatever was written', () => {
    expect(parseMssAddress('Adam.Hoda@CHU.MSSante.FR')).toEqual({
      text: 'Adam.Hoda@chu.mssante.fr',
      local: 'Adam.Hoda',
      domain: 'chu.mssante.fr',
    });
  });

  it.each([
    ['nothing', ''],
    ['no at sign', 'adam.hoda'],
    ['two at signs', 'a@evil.fr@chu.mssante.fr'],
    ['a line break', 'a@chu.mssante.fr\r\nBcc: b@evil.fr'],
    ['a line break at the end', 'a@chu.mssante.fr\n'],
    ['a NUL', 'a\0@chu.mssante.fr'],
    ['a line separator', 'a\u2028@chu.mssante.fr'],
    ['an encoded word', '=?utf-8?q?a=40evil.fr?=@chu.mssante.fr'],
    ['a quoted local part', '"a@evil x"@chu.mssante.fr'],
    ['a display name', 'Adam <a@chu.mssante.fr>'],
    ['a group', 'equipe:a@chu.mssante.fr;'],
    ['a comment', 'a(b)@chu.mssante.fr'],
    ['two addresses', 'a@chu.mssante.fr,b@chu.mssante.fr'],
    ['a source route', '@evil.fr:a@chu.mssante.fr'],
    ['a percent route', 'a%evil.fr@chu.mssante.fr'],
    ['an address literal', 'a@[127.0.0.1]'],
    ['an IP address', 'a@127.0.0.1'],
    ['a domain of one label', 'a@localhost'],
    ['letters outside ASCII', 'ａ@chu.mssante.fr'],
    ['a dot at an end', '.a@chu.mssante.fr'],
    ['two dots together', 'a..b@chu.mssante.fr'],
    ['a label that ends with a hyphen', 'a@chu-.mssante.fr'],
    ['a local part that is too long', `${'a'.repeat(65)}@chu.mssante.fr`],
    ['2 000 characters', `a@${'b.'.repeat(1000)}mssante.fr`],
    ['spaces around', ' a@chu.mssante.fr'],
  ])('is not read from %s', (_what, text) => {
    expect(parseMssAddress(text)).toBeUndefined();
  });

  it('is inside the space of trust by its domain, not by the look of it', () => {
    const inside = (text: string) => isTrustedAddress(parseMssAddress(text) as never, ['mssante.fr']);
    expect(inside('a@chu.mssante.fr')).toBe(true);
    expect(inside('a@mssante.fr')).toBe(true);
    expect(inside('a@chumssante.fr')).toBe(false);
    expect(inside('a@mssante.fr.evil.fr')).toBe(false);
  });
});
