import { describe, expect, it } from '@jest/globals';
import { answerHeaders, requestHeaders } from './passed-headers.js';

describe('headers through the proxy', () => {
  it('of a request are those that services read, under the token of the session', () => {
    const received = {
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': 'k-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      cookie: 'pfi-session=x',
      host: 'console.example',
      connection: 'close, x-secret',
      'transfer-encoding': 'chunked',
      'x-forwarded-for': '10.0.0.1',
      'x-http-method-override': 'DELETE',
      'x-csrf-token': 't',
      'x-secret': 's',
      'proxy-authorization': 'Basic x',
    };
    expect(requestHeaders(received, 'token')).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': 'k-1',
      traceparent: received.traceparent,
      authorization: 'Bearer token',
    });
  });

  it('keep the authorization of a machine', () => {
    expect(requestHeaders({ authorization: 'Bearer machine' }, undefined)).toEqual({ authorization: 'Bearer machine' });
    expect(requestHeaders({}, undefined)).toEqual({});
  });

  it('of an answer are all but those of the connection, cookies and banners', () => {
    const received = {
      'content-type': 'application/pdf',
      'content-length': '3',
      location: '/api/documents/v1/documents/1',
      connection: 'keep-alive, X-Hop',
      'keep-alive': 'timeout=5',
      'x-hop': '1',
      'transfer-encoding': 'chunked',
      'set-cookie': ['a=b'],
      server: 'x',
    };
    expect(answerHeaders(received)).toEqual({
      'content-type': 'application/pdf',
      'content-length': '3',
      location: '/api/documents/v1/documents/1',
    });
  });
});
