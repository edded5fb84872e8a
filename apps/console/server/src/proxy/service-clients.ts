import type { IncomingHttpHeaders } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import { HttpProblem } from '@pfi/platform-http';
import { errors, Pool } from 'undici';
import type { Api } from './proxied-path.js';

const CONNECT_MS = 2_000;
const CONNECTIONS = 64;
/** Above the largest deposit, whose refusal is the service's to tell. */
export const LARGEST_BODY = 64 * 1_024 * 1_024;
const AWAY = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
/** A kept connection that the service closed at the same moment: worth one other try when nothing was sent but a question. */
const BROKEN = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];
const CALLER_LEFT = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'UND_ERR_ABORTED'];

export interface ServiceRequest {
  readonly api: Api;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: Readable | null;
  readonly signal: AbortSignal;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** Connections to the services, kept open, one pool each. */
export class ServiceClients {
  readonly #pools: ReadonlyMap<Api, { readonly pool: Pool; readonly prefix: string }>;

  constructor(urls: Readonly<Record<Api, string>>, timeoutMs: number) {
    this.#pools = new Map(
      (Object.entries(urls) as [Api, string][]).map(([api, url]) => {
        const { origin, pathname } = new URL(url);
        const pool = new Pool(origin, {
          connections: CONNECTIONS,
          connect: { timeout: CONNECT_MS },
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        });
        return [api, { pool, prefix: pathname.replace(/\/$/, '') }];
      }),
    );
  }

  /** Raises 413 BODY_TOO_LARGE, 502 SERVICE_ANSWER_INVALID, 503 SERVICE_UNAVAILABLE, 504 SERVICE_TIMEOUT. */
  async send(request: ServiceRequest): Promise<ServiceAnswer> {
    const body = request.body && bounded(request.body);
    try {
      return await this.#sendOnce(request, body);
    } catch (error) {
      if (body === null && BROKEN.includes(codeOf(error)) && ['GET', 'HEAD'].includes(request.method)) {
        return this.#sendOnce(request, body).catch((again: unknown) => Promise.reject(problemOf(again, request.api)));
      }
      throw problemOf(error, request.api);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(({ pool }) => pool.close()));
  }

  async #sendOnce(request: ServiceRequest, body: Readable | null): Promise<ServiceAnswer> {
    const { api, method, path, headers, signal } = request;
    const { pool, prefix } = this.#pools.get(api) ?? {};
    if (!pool) throw new TypeError(`no address of ${api}`);
    const answer = await pool.request({
      path: `${prefix}${path}`,
      method: method as 'GET',
      headers,
      body,
      signal,
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  }
}

/** Counts what has no announced length. */
function bounded(body: Readable): Readable {
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > LARGEST_BODY ? bodyTooLarge() : null, chunk);
    },
  });
  body.once('error', (error) => counter.destroy(error));
  return body.pipe(counter);
}

export const bodyTooLarge = (): HttpProblem =>
  new HttpProblem(413, 'BODY_TOO_LARGE', 'Le corps dépasse la taille acceptée (64 Mio).');

function problemOf(error: unknown, api: Api): unknown {
  if (error instanceof HttpProblem || isAbort(error)) return error;
  const code = codeOf(error);
  const cause = { cause: error };
  if (AWAY.includes(code)) {
    return new HttpProblem(
      503,
      'SERVICE_UNAVAILABLE',
      `Le service « ${api} » ne répond pas. Réessayez dans un instant.`,
      cause,
    );
  }
  if (error instanceof errors.HeadersTimeoutError) {
    return new HttpProblem(504, 'SERVICE_TIMEOUT', `Le service « ${api} » est trop long à répondre. Réessayez.`, cause);
  }
  return new HttpProblem(
    502,
    'SERVICE_ANSWER_INVALID',
    `L’échange avec le service « ${api} » s’est interrompu. Réessayez.`,
    cause,
  );
}

/** The caller left: there is nobody to tell. */
export const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || CALLER_LEFT.includes(codeOf(error)));

function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return String(code ?? cause?.code ?? '');
}
