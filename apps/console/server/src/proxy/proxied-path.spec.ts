import { describe, expect, it } from '@jest/globals';
import { proxiedPath } from './proxied-path.js';

describe('the path of a proxied request', () => {
  it.each([
    ['/api/documents/v1/documents?limit=2&state=held', 'documents'],
    ['/api/identity/v1/patients/search', 'identity'],
    ['/api/indicators/v1/indicators/DS1.1/stays?perimeter=990000101', 'indicators'],
    ['/api/dmp/v1/destinations', 'dmp'],
    ['/api/mss/v1/mailboxes/', 'mss'],
    ['/api/identity/v1/openapi.json', 'identity'],
    ['/api/documents/v1/documents/caf%C3%A9', 'documents'],
    ['/api/documents/v1', 'documents'],
  ])('%s is passed on as it came', (target, api) => {
    expect(proxiedPath(target)).toEqual({ api, path: target });
  });

  it.each([
    '/internal/v1/republish',
    '/metrics',
    '/health/ready',
    '/api/identity/v2/patients',
    '/api/identity/v1x/patients',
    '/api/console/v1/audit',
    '/api/__proto__/v1/x',
    '/api/identity',
    '/API/identity/v1/patients',
    '/api/identity/v1/../../../internal/v1/republish',
    '/api/identity/v1/./patients',
    '/api/identity/v1/%2e%2e/%2e%2e/%2e%2e/metrics',
    '/api/identity/v1/%2E%2E/x',
    '/api/identity/v1/.%2e/x',
    '/api/identity/v1/%252e%252e/x',
    '/api/identity/v1/..%2f..%2fmetrics',
    '/api/identity/v1/a%5c..%5cb',
    '/api/identity/v1/a\\b',
    '/api/identity/v1//metrics',
    '//api/identity/v1/patients',
    '/api//identity/v1/patients',
    '/api/identity/v1/patients//',
    '/api/identity/v1/%00',
    '/api/identity/v1/a%0d%0aHost:x',
    '/api/identity/v1/%zz',
    '/api/identity/v1/%c3%28',
    '/api/identity/v1/a b',
    '/api/identity/v1/a?b=\r\nHost: x',
    '/api/identity/v1/a?b=é',
    '/api/identity/v1/a#b',
    'http://other.example/api/identity/v1/patients',
    `/api/identity/v1/${'a'.repeat(9_000)}`,
    '*',
    '',
  ])('%j leads nowhere', (target) => {
    expect(proxiedPath(target)).toBeUndefined();
  });
});
