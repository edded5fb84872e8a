import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';

/** What the caller of a GET holds already, by the ETag it was given with (RFC 9110 §13.1.2). */
export class HeldCopy {
  constructor(private readonly exchange: { readonly request: Request; readonly response: Response }) {}

  /** Gives this answer its ETag; true when the caller holds the very same, so that it will be told 304 and shown nothing. */
  is(answer: unknown): boolean {
    const { request, response } = this.exchange;
    response.setHeader('etag', `"${createHash('sha256').update(JSON.stringify(answer)).digest('base64url')}"`);
    return request.fresh;
  }
}

export const CallersCopy = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  return new HeldCopy({ request: http.getRequest<Request>(), response: http.getResponse<Response>() });
});
