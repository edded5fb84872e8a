import { describe, expect, it } from '@jest/globals';
import { isOid } from '@pfi/health';
import { hl7Time, newDocumentOid } from './n1-template.js';

describe('the OID of a rendered document', () => {
  it('stands under the root of its legal entity', () => {
    const oid = newDocumentOid({ oidRoot: '1.2.250.1.999' });
    expect(oid).toMatch(/^1\.2\.250\.1\.999\.\d+$/);
    expect(isOid(oid)).toBe(true);
  });

  it('stands under the arc of UUIDs when there is no root, or one that would make it longer than 64 characters', () => {
    for (const oidRoot of [undefined, `1.2.250.1.${'9'.repeat(30)}`]) {
      const oid = newDocumentOid({ oidRoot });
      expect(oid).toMatch(/^2\.25\.\d+$/);
      expect(oid.length).toBeLessThanOrEqual(64);
    }
  });

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 100 }, () => newDocumentOid({ oidRoot: '2.999' }))).size).toBe(100);
  });
});

it.each([
  ['2026-01-02T10:15:00+01:00', '20260102101500+0100'],
  ['2026-01-02T10:15:00.250Z', '20260102101500+0000'],
  ['2026-01-02T10:15Z', '20260102101500+0000'],
  ['2026-01-02T10:15-03:30', '20260102101500-0330'],
])('%s is %s in HL7', (iso, hl7) => {
  expect(hl7Time(iso)).toBe(hl7);
});
