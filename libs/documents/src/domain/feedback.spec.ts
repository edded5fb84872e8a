import { describe, expect, it } from '@jest/globals';
import { feedbackOfMail } from './feedback.js';

describe('what a sender is told of a mail that did not arrive', () => {
  it('is the operator’s code when the guide lists it', () => {
    expect(feedbackOfMail('552', 'boîte pleine')).toEqual({
      positive: false,
      code: '552',
      label: 'boîte pleine',
      system: 'SMTPERRORCODE',
    });
  });

  it('is "other", with the words, for any other code', () => {
    expect(feedbackOfMail('557', 'refusé')).toMatchObject({
      code: '906',
      label: '557 refusé',
      system: 'applicationErrorCondition',
    });
    expect(feedbackOfMail('ADDRESS_UNKNOWN', 'adresse inconnue')).toMatchObject({ code: '906' });
  });
});
