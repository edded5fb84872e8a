import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { DomainError, PfiError, type ErrorKind } from '@pfi/health';
import type { Logger } from '@pfi/platform-telemetry';
import type { Request, Response } from 'express';
import { HttpProblem } from './problem.js';
import { traceIdOf } from './trace-id.js';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  unavailable: 503,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Demande invalide',
  401: 'Authentification requise',
  403: 'Accès refusé',
  404: 'Introuvable',
  405: 'Méthode non permise',
  409: 'Conflit avec l’état actuel',
  413: 'Contenu trop volumineux',
  415: 'Type de contenu non pris en charge',
  422: 'Demande contradictoire',
  429: 'Trop de demandes',
  500: 'Erreur interne',
  502: 'Réponse invalide d’un service',
  503: 'Service momentanément indisponible',
  504: 'Service trop long à répondre',
};

const codes: Readonly<Record<number, string>> = {
  400: 'REQUEST_INVALID',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  503: 'SERVICE_UNAVAILABLE',
};

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly pointer?: string | undefined;
  readonly errors?: HttpProblem['errors'];
}

/** Every error of an HTTP door as `application/problem+json`; what is not a `DomainError` tells nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // Nobody is left to be told, and nothing failed here.
    if (response.destroyed && isLeftByCaller(error)) return;
    const traceId = traceIdOf(request);
    const { status, ...rest } = answerOf(error);
    if (status >= 500) this.#log(error, status, rest.code, traceId);
    if (response.headersSent) {
      // Half an answer is worse than none: the client must see that it broke.
      response.destroy();
      return;
    }
    if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (status === 503) response.setHeader('Retry-After', '5');
    const title = titles[status] ?? titles[status < 500 ? 400 : 500];
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ title, status, ...rest, traceId }));
  }

  #log(error: unknown, status: number, code: string, traceId: string): void {
    if (status > 500) this.#logger.warn({ code, traceId, err: error }, 'request refused, a part is away');
    else this.#logger.error({ code, traceId, err: error }, 'request failed');
  }
}

/** The caller closed the connection while a stream was being sent to it. */
const isLeftByCaller = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | null)?.code === 'ERR_STREAM_PREMATURE_CLOSE';

function answerOf(error: unknown): Answer {
  if (error instanceof HttpProblem) {
    const { status, code, textFr, pointer, errors } = error;
    return { status, code, detail: textFr, pointer, errors };
  }
  if (error instanceof DomainError) {
    const pointer = error instanceof PfiError ? error.location : undefined;
    return { status: statusOfKind[error.kind], code: error.code, detail: error.textFr, pointer };
  }
  const status = clientStatusOf(error);
  return status === undefined
    ? { status: 500, code: 'INTERNAL_ERROR' }
    : { status, code: codes[status] ?? 'REQUEST_INVALID' };
}

/** Faults of the request that the framework found: unknown route, aborted or oversized body, malformed URL. */
function clientStatusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus() === 500 ? undefined : error.getStatus();
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
