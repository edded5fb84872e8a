import { randomBytes } from 'node:crypto';
import { currentTraceId } from '@pfi/platform-telemetry';
import type { Request } from 'express';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const ids = new WeakMap<Request, string>();

/** The caller's trace context when it is well formed. */
export function traceparentOf(request: Request): string | undefined {
  const value = request.headers['traceparent'];
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined;
}

/** One id a request, the trace's when there is one: what an operator quotes from an error and finds in the logs. */
export function traceIdOf(request: Request): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const id = currentTraceId() ?? traceparentOf(request)?.slice(3, 35) ?? randomBytes(16).toString('hex');
  ids.set(request, id);
  return id;
}
