import { buildRegistryResponse, buildSoapFault, buildStoredQueryResponse } from '@pfi/xds';
import type { HttpBody, RegisteredEntry, RegistryError } from '@pfi/xds';
import type { FaultSpec } from '../faults/fault.schema.js';
import type { LoggedRequest } from './request-log.js';

/** Of the fault `unreadable`. */
export type UnreadableForm = Extract<FaultSpec, { kind: 'unreadable' }>['form'];

export type Operation = 'iti-41' | 'iti-18' | 'update';

/** What goes back to the client; null = the connection is cut instead. */
export interface Answer {
  readonly status: number;
  readonly http: HttpBody | null;
  readonly drop: boolean;
  readonly log: Pick<LoggedRequest, 'outcome' | 'code' | 'context'>;
}

export function success(operation: Operation, relatesTo: string | null, entries: readonly RegisteredEntry[]): Answer {
  const outcome = { status: 'Success', errors: [] } as const;
  const http =
    operation === 'iti-18'
      ? buildStoredQueryResponse({ ...outcome, entries }, relatesTo)
      : buildRegistryResponse(outcome, relatesTo);
  return { status: 200, http, drop: false, log: { outcome: 'success', code: null, context: null } };
}

export function failure(operation: Operation, relatesTo: string | null, errors: readonly RegistryError[]): Answer {
  const outcome = { status: 'Failure', errors } as const;
  const http =
    operation === 'iti-18'
      ? buildStoredQueryResponse({ ...outcome, entries: [] }, relatesTo)
      : buildRegistryResponse(outcome, relatesTo);
  const [first] = errors;
  const log = { outcome: 'failure', code: first?.errorCode ?? null, context: first?.codeContext ?? null } as const;
  return { status: 200, http, drop: false, log };
}

export function soapFault(relatesTo: string | null, subcode: string, reason: string): Answer {
  return {
    status: 500,
    http: buildSoapFault({ code: 'Sender', subcodes: [subcode], reason }, relatesTo),
    drop: false,
    log: { outcome: 'soap-fault', code: subcode, context: reason },
  };
}

export function httpError(status: number): Answer {
  return { status, http: null, drop: false, log: { outcome: 'http-error', code: String(status), context: null } };
}

/** A 200 that no client may take for the answer of a registry. */
export function unreadable(operation: Operation, relatesTo: string | null, form: UnreadableForm): Answer {
  const http = success(operation, relatesTo, []).http as HttpBody;
  return {
    status: 200,
    http: spoilt(Buffer.concat(http.body), http.contentType, form),
    drop: false,
    log: { outcome: 'unreadable', code: form, context: null },
  };
}

function spoilt(answer: Buffer, contentType: string, form: UnreadableForm): HttpBody {
  const http = (type: string, body: Buffer): HttpBody => ({
    contentType: type,
    contentLength: body.length,
    body: [body],
  });
  switch (form) {
    case 'html':
      return http('text/html; charset=utf-8', Buffer.from('<!doctype html><title>Maintenance</title><p>Success'));
    case 'empty':
      return http(contentType, Buffer.alloc(0));
    case 'truncated':
      return http(contentType, answer.subarray(0, Math.floor(answer.length / 2)));
    case 'content-type':
      return http('text/html', answer);
  }
}

export function dropped(): Answer {
  return { status: 0, http: null, drop: true, log: { outcome: 'dropped', code: null, context: null } };
}
