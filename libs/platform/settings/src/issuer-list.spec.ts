import { describe, expect, it } from '@jest/globals';
import { issuerListVariable } from './issuer-list.js';

describe('the list of trusted issuers', () => {
  it('is addresses separated by commas', () => {
    expect(issuerListVariable.parse('https://a.example, https://b.example/x')).toEqual([
      { issuer: 'https://a.example' },
      { issuer: 'https://b.example/x' },
    ]);
  });

  it('says of each issuer what is demanded there, and how the console signs in', () => {
    const text =
      'https://psc.example/realms/esante acr=eidas1 subject=SubjectNameID id=psc label="Pro Santé Connect" client=pfi-chx ' +
      'secretFile=/run/secrets/psc/secret scope="openid scope_all",https://idp.example label=CHX';
    expect(issuerListVariable.parse(text)).toEqual([
      {
        issuer: 'https://psc.example/realms/esante',
        acr: 'eidas1',
        subjectClaim: 'SubjectNameID',
        id: 'psc',
        label: 'Pro Santé Connect',
        clientId: 'pfi-chx',
        clientSecretFile: '/run/secrets/psc/secret',
        scope: 'openid scope_all',
      },
      { issuer: 'https://idp.example', label: 'CHX' },
    ]);
  });

  it.each([
    ['another scheme', 'ftp://a'],
    ['an empty item', 'https://a.example,'],
    ['an unknown option', 'https://a.example role=admin'],
    ['an option without value', 'https://a.example acr'],
    ['a quote that is not closed', 'https://a.example label="a'],
    ['the same issuer twice, where one would demand less', 'https://a.example acr=eidas1,https://a.example'],
  ])('is refused for %s', (_what, text) => {
    expect(issuerListVariable.safeParse(text).success).toBe(false);
  });
});
