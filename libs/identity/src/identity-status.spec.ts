import { describe, expect, it } from '@jest/globals';
import { reliabilityOf } from './identity-status.js';
import { INS_A } from './testing/sample-patient.js';

describe('status of an identity', () => {
  it.each([
    [['VALI'], INS_A, 'qualifiee'],
    [['VALI'], null, 'validee'],
    [['PROV'], INS_A, 'recuperee'],
    [[], INS_A, 'recuperee'],
    [['PROV'], null, 'provisoire'],
    [[], null, 'provisoire'],
    [['VALI', 'HOMD'], INS_A, 'qualifiee'],
  ] as const)('PID-32 %j with INS %j is %s', (pid32, ins, status) => {
    expect(reliabilityOf(pid32, ins, 'production')).toEqual({ status, fictitious: false, dubious: false });
  });

  it.each(['DOUT', 'USUR', 'INVA', 'ANOM', 'COLV'])('VALI beside %s neither validates nor qualifies', (doubt) => {
    expect(reliabilityOf(['VALI', doubt], INS_A, 'trial')).toMatchObject({ status: 'recuperee', dubious: true });
    expect(reliabilityOf(['VALI', doubt], null, 'trial')).toMatchObject({ status: 'provisoire', dubious: true });
  });

  it('a fictitious identity may be qualified, except in production', () => {
    expect(reliabilityOf(['VALI', 'FICT'], INS_A, 'trial')).toMatchObject({ status: 'qualifiee', fictitious: true });
    expect(reliabilityOf(['VALI', 'FICT'], INS_A, 'qualification')).toMatchObject({ status: 'qualifiee' });
    expect(reliabilityOf(['VALI', 'FICT'], INS_A, 'production')).toMatchObject({
      status: 'recuperee',
      fictitious: true,
    });
    expect(reliabilityOf(['PROV', 'FICT'], null, 'production')).toMatchObject({
      status: 'provisoire',
      fictitious: true,
    });
  });
});
