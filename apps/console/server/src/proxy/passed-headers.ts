import type { IncomingHttpHeaders } from 'node:http';

/** What a service reads of a request. A list of what passes, so that nothing else does: cookies, forwarding claims, hop-by-hop. */
const REQUEST = [
  'accept',
  'accept-language',
  'content-encoding',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'prefer',
  'range',
  'traceparent',
  'tracestate',
] as const;

/** Of an answer everything passes but these: of the connection (RFC 9110 §7.6.1), or not a service's to say here. */
const NOT_OF_ANSWER = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'server',
  'set-cookie',
  'strict-transport-security',
]);

type Headers = Record<string, string | string[]>;

/** Headers of the request to a service. `bearer` replaces what the browser may have sent. */
export function requestHeaders(received: IncomingHttpHeaders, bearer: string | undefined): Headers {
  const passed = REQUEST.flatMap((name) => {
    const value = received[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const authorization = bearer === undefined ? received.authorization : `Bearer ${bearer}`;
  return { ...Object.fromEntries(passed), ...(authorization === undefined ? {} : { authorization }) };
}

/** Headers of a service's answer that go to the caller. */
export function answerHeaders(received: IncomingHttpHeaders): Headers {
  const named = [received.connection ?? []].flat().join(',').toLowerCase().split(',');
  const dropped = new Set([...NOT_OF_ANSWER, ...named.map((name) => name.trim())]);
  return Object.fromEntries(
    Object.entries(received).flatMap(([name, value]) =>
      value === undefined || dropped.has(name) ? [] : [[name, value] as const],
    ),
  );
}
