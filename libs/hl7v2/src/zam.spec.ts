import { describe, expect, it } from '@jest/globals';
import { parseMessage } from './parse-message.js';
import { type ZamSpec, buildZam, readZam } from './zam.js';

const spec: ZamSpec = {
  kind: 'Z01',
  to: { application: 'DPI', facility: 'HOP' },
  from: { application: 'PFI', facility: 'HOP' },
  controlId: 'Z1',
  at: new Date('2025-01-02T09:17:00Z'),
  originalControlId: 'M123',
  positive: false,
  error: { code: 'DMPClosed', label: 'DMP fermé', system: 'DMPERRORCODE' },
};

describe('ZAM', () => {
  it('is written as the volet shows', () => {
    expect(buildZam(spec).toString()).toBe(
      'MSH|^~\\&|PFI|HOP|DPI|HOP|20250102101700||ZAM^Z01^ZAM_Z01|Z1|P|2.6|||||FRA|UNICODE UTF-8|||2.1^CISIS_CDA_HL7_V2\r' +
        'EVN||20250102101700\r' +
        'OBX|1|CWE|ACK_RECEPTION_DMP^Accusé de réception DMP^AckMetierZAM|M123|N^^expandedYes-NoIndicator||||||F\r' +
        'ERR|||207^Application internal error^messageErrorCondition|E|DMPClosed^DMP fermé^DMPERRORCODE\r',
    );
  });

  it.each(['Z01', 'Z02', 'Z03'] as const)('%s gives back what was written', (kind) => {
    const { error: _error, ...rest } = spec;
    const recipient = { id: '810000000009', address: 'paul.martin@essai.mssante.fr' };
    const positive = readZam(parseMessage(buildZam({ ...rest, kind, positive: true, recipient })));
    expect(positive).toEqual({
      kind,
      controlId: 'Z1',
      originalControlId: 'M123',
      positive: true,
      ...(kind === 'Z01' ? {} : { recipient }),
    });
    expect(readZam(parseMessage(buildZam({ ...spec, kind })))).toMatchObject({ positive: false, error: spec.error });
  });

  it('cannot be negative without an error', () => {
    const { error: _error, ...rest } = spec;
    expect(() => buildZam(rest)).toThrow(RangeError);
  });

  it.each([
    ['MESSAGE_TYPE_UNSUPPORTED', 'ZAM^Z01', 'ACK^Z01'],
    ['EVENT_UNSUPPORTED', 'ZAM^Z01', 'ZAM^Z09'],
    ['REQUIRED_FIELD', '|N^^', '|X^^'],
  ])('is refused with %s', (code, from, to) => {
    const bytes = Buffer.from(buildZam(spec).toString().replace(from, to));
    expect(() => readZam(parseMessage(bytes))).toThrow(expect.objectContaining({ code }) as unknown as Error);
  });
});
