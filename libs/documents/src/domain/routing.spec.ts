import { describe, expect, it } from '@jest/globals';
import { requestedChannels, routingAllows, type RoutingLine, type SteeringFlags } from './routing.js';

const line = (overrides: Partial<RoutingLine>): RoutingLine => ({
  masquePs: '*',
  invisiblePatient: '*',
  invisibleRepLegaux: '*',
  connexionSecrete: '*',
  modifConfCode: '*',
  destDmp: '*',
  destMssPs: '*',
  destMssPat: '*',
  ...overrides,
});
const professionalsAndPatient = line({ masquePs: 'N', invisiblePatient: 'N', destMssPs: 'Y', destMssPat: 'Y' });

describe('MSSanté routing matrix', () => {
  it('accepts in strict mode a combination that one line allows', () => {
    const flags: SteeringFlags = { destMssPs: true, destMssPat: true };
    expect(routingAllows(flags, { mode: 'strict', matrix: [professionalsAndPatient] })).toBe(true);
  });

  it('refuses in strict mode a combination that no line allows, and accepts it in tolerant mode', () => {
    const flags: SteeringFlags = { destMssPs: true, destMssPat: true, masquePs: true };
    expect(routingAllows(flags, { mode: 'strict', matrix: [professionalsAndPatient] })).toBe(false);
    expect(routingAllows(flags, { mode: 'tolerant', matrix: [professionalsAndPatient] })).toBe(true);
  });

  it('accepts in any mode a message that asks for no mail', () => {
    expect(routingAllows({ destDmp: true, masquePs: true }, { mode: 'strict', matrix: [] })).toBe(true);
  });
});

describe('requested channels', () => {
  it('are those of the source’s flags, even against the document type', () => {
    expect([...requestedChannels({ destDmp: false, destMssPs: true, destMssPat: false }, ['dmp'])]).toEqual([
      'mss-pro',
    ]);
  });

  it('are those of the document type where the source said nothing', () => {
    expect([...requestedChannels({}, ['dmp', 'mss-pro'])]).toEqual(['dmp', 'mss-pro']);
  });
});
