import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { Attributes } from './attributes.js';

export interface SpanOptions {
  /** W3C `traceparent` of the caller; absent = child of the current span, or a new trace. */
  readonly traceparent?: string | undefined;
  /** Other traces this work concerns: the frames or events of a batch. */
  readonly links?: readonly (string | undefined)[];
  /** Starts a new trace even inside another span. */
  readonly root?: boolean;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes?: Attributes;
}

/** What a piece of work may say of its own span. */
export interface ActiveSpan {
  set(attributes: Attributes): void;
  readonly traceparent: string | undefined;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Runs `fn` inside a span. The span fails when `fn` throws, with the error's stable `code` and never its message: messages
 * of other systems may quote a patient. Costs next to nothing while tracing is off.
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  fn: (span: ActiveSpan) => T | Promise<T>,
): Promise<T> {
  const span = tracer().startSpan(
    name,
    {
      kind: kinds[options.kind ?? 'internal'],
      ...(options.attributes && { attributes: options.attributes }),
      ...(options.links && { links: spanLinks(options.links) }),
    },
    options.root ? ROOT_CONTEXT : parentContext(options.traceparent),
  );
  const active: ActiveSpan = {
    set: (attributes) => void span.setAttributes(attributes),
    get traceparent() {
      return traceparentOf(span);
    },
  };
  try {
    return await context.with(trace.setSpan(context.active(), span), () => fn(active));
  } catch (error) {
    const code = codeOf(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    span.setAttribute('pfi.error.code', code);
    throw error;
  } finally {
    span.end();
  }
}

/** Same as {@link withSpan} for work that only continues a trace. */
export function runInTrace<T>(name: string, traceparent: string | undefined, fn: () => T | Promise<T>): Promise<T> {
  return withSpan(name, { traceparent }, fn);
}

/** W3C `traceparent` of the current span; undefined outside any span or while tracing is off. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan();
  return span && traceparentOf(span);
}

/** Trace id (32 hexadecimal digits) of the current span, for logs and error answers. */
export function currentTraceId(): string | undefined {
  return currentTraceparent()?.slice(3, 35);
}

const tracer = () => trace.getTracer('pfi');

function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const valid = trace.isSpanContextValid(span.spanContext());
  return valid ? `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` : undefined;
}

function parentContext(traceparent: string | undefined): Context {
  if (traceparent === undefined) return context.active();
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

function spanLinks(traceparents: readonly (string | undefined)[]) {
  return traceparents.flatMap((traceparent) => {
    const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
    return traceId && spanId && flags ? [{ context: { traceId, spanId, traceFlags: parseInt(flags, 16) } }] : [];
  });
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNEXPECTED';
}
