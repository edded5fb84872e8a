import { describe, expect, it } from '@jest/globals';
import { returnPath } from './return-path.js';

describe('where a browser goes after its sign-in', () => {
  it.each(['/', '/documents', '/documents?controlId=A%201&etat=held', '/indicateurs/DS1.1', '/documents/0197-a/'])(
    'is the page that was asked for: %s',
    (path) => expect(returnPath(path)).toBe(path),
  );

  it.each([
    'https://attacker.example/',
    '//attacker.example/',
    '///attacker.example',
    '/\\attacker.example',
    '\\\\attacker.example',
    '/.//attacker.example',
    '/x/..//attacker.example',
    '/%09/attacker.example\t',
    '/\t/attacker.example',
    '/\n//attacker.example',
    ' /documents',
    'javascript:alert(1)',
    'documents',
    '',
    '/auth/logout',
    '/auth/../auth/login?provider=x',
    '/AUTH/login',
    '/api/documents/v1/documents',
    `/${'a'.repeat(1_001)}`,
    undefined,
    ['/documents'],
  ])('is the home for %j', (asked) => {
    expect(returnPath(asked)).toBe('/');
  });

  it('keeps no fragment, which is never sent here', () => {
    expect(returnPath('/documents#x')).toBe('/documents');
  });
});
