import { describe, expect, it } from '@jest/globals';
import { Canaries } from './canaries.js';
import { CanaryScan } from './forms.js';

const canaries = new Canaries(4711);
const scan = new CanaryScan(canaries.markers);
const patient = canaries.patient({ name: 'CHU-BRUME', oid: '2.999.1.1' });
const planted = [
  ['name', patient.traits.birthName],
  ['matricule', patient.ins.matricule],
  ['address', patient.address],
  ['phone', patient.phone],
  ['clinical text', patient.note],
  ['local identifier', patient.ipp],
] as const;
const escaped = (text: string, sign: string) =>
  [...Buffer.from(text)].map((byte) => sign + byte.toString(16).toUpperCase().padStart(2, '0')).join('');
const folded = (text: string, width: number, end: string) => text.replace(new RegExp(`.{${width}}`, 'g'), `$&${end}`);
const kindsIn = (text: string) => [...new Set(scan.leaks(`{"msg":"${text}"}`).map(({ kind }) => kind))];

describe.each(planted)('a canary for %s', (kind, text) => {
  it.each([
    ['as it is', text],
    ['in lower case', text.toLowerCase()],
    ['URL-encoded where needed', encodeURIComponent(text)],
    ['URL-encoded throughout', escaped(text, '%')],
    ['in hexadecimal', escaped(text, '')],
    ['quoted-printable', escaped(text, '=')],
    ['quoted-printable, with soft line breaks', folded(text, 6, '=\r\n')],
    ['in a folded log line', folded(text, 6, '\\r\\n')],
    ['in base64', Buffer.from(text).toString('base64')],
    ['in base64 after one byte', Buffer.from(`.${text}.`).toString('base64')],
    ['in base64 after two bytes', Buffer.from(`..${text}..`).toString('base64')],
    ['in base64url', Buffer.from(text).toString('base64url')],
    ['in base64 lines', folded(Buffer.from(text).toString('base64'), 8, '\r\n')],
  ])('is found %s', (_form, written) => {
    expect(kindsIn(written)).toContain(kind);
  });
});

describe('the scan', () => {
  it('finds nothing where nothing was planted', () => {
    const others = new Canaries(4712).patient({ name: 'CHU-BRUME', oid: '2.999.1.1' });
    expect(kindsIn(JSON.stringify(others))).toEqual([]);
  });

  it('gives everyone a matricule of their own, whose key is right', () => {
    const all = Array.from({ length: 500 }, () => canaries.patient(patient.authority).ins.matricule);
    expect(new Set(all).size).toBe(500);
    for (const matricule of all) {
      const [nir, key] = [Number(matricule.slice(0, 13)), Number(matricule.slice(13))];
      expect(97 - (nir % 97)).toBe(key);
    }
  });
});
