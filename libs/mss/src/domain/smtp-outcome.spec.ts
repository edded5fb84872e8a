import { describe, expect, it } from '@jest/globals';
import { decide, statusOf, withoutPersons, type SmtpStage } from './smtp-outcome.js';

const reply = (stage: SmtpStage, code: number, status: string | null = null) =>
  decide({ kind: 'reply', stage, code, status, text: 'texte' });

describe('an answer of the operator', () => {
  it.each(['mail', 'rcpt', 'data', 'dot'] as const)('at %s is final with 5xx and passes with 4xx', (stage) => {
    expect(reply(stage, 550, '5.1.1')).toMatchObject({ kind: 'refused', code: '550', status: '5.1.1' });
    for (const code of [450, 451, 452])
      expect(reply(stage, code)).toMatchObject({ kind: 'retry', code: `${code}`, channel: false });
    expect(reply(stage, 421)).toMatchObject({ kind: 'retry', channel: true });
  });

  it.each(['connect', 'tls', 'sign-in'] as const)('at %s says nothing of the mail', (stage) => {
    expect(reply(stage, 554)).toMatchObject({ kind: 'retry', code: 'SMTP_554', channel: true });
  });

  it('that was lost is unknown after the mail was handed over, and no answer before', () => {
    expect(decide({ kind: 'unknown', code: 'CONNECTION_LOST' })).toEqual({ kind: 'unknown', code: 'CONNECTION_LOST' });
    expect(decide({ kind: 'not-taken', stage: 'data', code: 'CONNECTION_LOST' })).toMatchObject({
      kind: 'retry',
      channel: true,
    });
  });

  it('is kept without persons', () => {
    expect(withoutPersons('5.1.1 <279035121518989@patient.mssante.fr>\r\n 279035121518989 unknown')).toBe(
      '5.1.1 <…> … unknown',
    );
    expect(statusOf('5.1.1 no')).toBe('5.1.1');
    expect(statusOf('no 5.1.1')).toBeNull();
  });
});
