import { describe, expect, it } from '@jest/globals';
import { sourcePatientInfo } from './hl7-value.js';

describe('sourcePatientInfo', () => {
  it('gives the birth name and first given name, the birth date and the sex', () => {
    expect(
      sourcePatientInfo({
        birthName: 'PAT-TROIS',
        birthGivenNames: 'DOMINIQUE MARIE',
        birthFirstGivenName: 'DOMINIQUE',
        birthDate: '1979-03-28',
        sex: 'F',
      }),
    ).toEqual(['PID-5|PAT-TROIS^DOMINIQUE^^^^^L', 'PID-7|19790328', 'PID-8|F']);
  });

  it('leaves out an unknown birth date and escapes separators', () => {
    expect(sourcePatientInfo({ birthName: 'A^B', birthGivenNames: 'C&D', sex: 'U' })).toEqual([
      'PID-5|A\\S\\B^C\\T\\D^^^^^L',
      'PID-8|U',
    ]);
  });
});
