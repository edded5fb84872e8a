import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { withSpan } from '@pfi/platform-telemetry';
import { raw, type Request, type Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { bodyInvalid, HttpProblem } from './problem.js';
import { parseStrictJson } from './strict-json.js';
import { traceIdOf, traceparentOf } from './trace-id.js';
import { leavesBodyUnread } from './unread-body.js';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;
const UNTRACED = /^\/(health|metrics)\b/;

/**
 * Runs after the guards: nobody without a right makes us read a body. Reads JSON bodies strictly (other types are left to the
 * route, unread) and gives each request one span.
 */
export class RequestInterceptor implements NestInterceptor {
  readonly #read: ReturnType<typeof raw>;

  constructor(bodyLimitBytes: number) {
    this.#read = raw({ type: () => true, limit: bodyLimitBytes, inflate: false });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const run = async (): Promise<unknown> => {
      traceIdOf(request);
      if (!leavesBodyUnread(context.getHandler())) await this.#readJson(request, response);
      return lastValueFrom(next.handle(), { defaultValue: undefined });
    };
    if (UNTRACED.test(request.path)) return from(run());
    const route = String((request.route as { path?: unknown } | undefined)?.path ?? '');
    const attributes = { 'http.request.method': request.method, 'http.route': route };
    const options = { kind: 'server', traceparent: traceparentOf(request), attributes } as const;
    return from(withSpan(`http ${request.method} ${route}`, options, run));
  }

  async #readJson(request: Request, response: Response): Promise<void> {
    const type = request.headers['content-type'];
    if (type === undefined || !JSON_TYPE.test(type)) return;
    await new Promise<void>((resolve, reject) => {
      this.#read(request, response, (error?: unknown) => (error ? reject(bodyFault(error)) : resolve()));
    });
    const bytes: unknown = request.body;
    request.body = Buffer.isBuffer(bytes) && bytes.length > 0 ? parseStrictJson(decode(bytes)) : undefined;
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bodyInvalid('Le corps n’est pas de l’UTF-8.', '');
  }
}

function bodyFault(error: unknown): unknown {
  const type: unknown = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    return new HttpProblem(413, 'BODY_TOO_LARGE', 'Le corps dépasse la taille acceptée.', { cause: error });
  }
  if (type === 'encoding.unsupported') {
    return new HttpProblem(415, 'MEDIA_TYPE_UNSUPPORTED', 'Envoyez le corps sans compression.', { cause: error });
  }
  return error;
}
