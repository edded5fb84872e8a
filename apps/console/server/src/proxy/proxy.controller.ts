import { pipeline } from 'node:stream/promises';
import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import { HttpProblem, Public, UnreadBody } from '@pfi/platform-http';
import { currentTraceparent } from '@pfi/platform-telemetry';
import type { Request, Response } from 'express';
import { Cookies } from '../http/cookies.js';
import { demandCsrfToken, idleMsOf } from '../http/session-request.js';
import { Sessions } from '../sessions/sessions.js';
import { answerHeaders, requestHeaders } from './passed-headers.js';
import { proxiedPath } from './proxied-path.js';
import { bodyTooLarge, isAbort, LARGEST_BODY, ServiceClients, type ServiceAnswer } from './service-clients.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The APIs of all services at one origin. Rights stay where they are, in the services: this only adds the token of the session, or passes
 * the one that a machine sent. Who has neither is passed on too, and told so by the service.
 */
@Public()
@Controller('api')
export class ProxyController {
  constructor(
    @Inject(ServiceClients) private readonly services: ServiceClients,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Cookies) private readonly cookies: Cookies,
  ) {}

  @All(['', '{*path}'])
  @UnreadBody()
  async pass(@Req() request: Request, @Res() response: Response): Promise<void> {
    const target = proxiedPath(request.originalUrl);
    if (!target) throw new HttpProblem(404, 'ROUTE_NOT_FOUND', 'Cette adresse n’est pas celle d’une interface.');
    const { method } = request;
    if (!METHODS.includes(method)) throw new HttpProblem(405, 'METHOD_NOT_ALLOWED', 'Méthode non permise.');
    const body = bodyOf(request);
    const bearer = await this.#bearer(request);
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    const traceparent = currentTraceparent();
    const headers = {
      ...requestHeaders(request.headers, bearer),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    try {
      const answer = await this.services.send({ ...target, method, headers, body, signal: abort.signal });
      await passOn(answer, response);
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  /** The token of the session, when the caller brings none of its own. */
  async #bearer(request: Request): Promise<string | undefined> {
    if (request.headers.authorization !== undefined) return undefined;
    const id = this.cookies.read(request, 'session');
    demandCsrfToken(request, id);
    return (await this.sessions.current(id, idleMsOf(request)))?.accessToken;
  }
}

async function passOn(answer: ServiceAnswer, response: Response): Promise<void> {
  response.status(answer.status);
  for (const [name, value] of Object.entries(answerHeaders(answer.headers))) response.setHeader(name, value);
  await pipeline(answer.body, response);
}

/** A question has no body: one that brings some may be read as two requests further on. */
function bodyOf(request: Request): Request | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const empty = encoding === undefined && (length === undefined || Number(length) === 0);
  if (empty) return null;
  if (['GET', 'HEAD'].includes(request.method)) {
    throw new HttpProblem(400, 'BODY_INVALID', 'Une lecture ne porte pas de corps.');
  }
  if (Number(length ?? 0) > LARGEST_BODY) throw bodyTooLarge();
  return request;
}
