import { Readable } from 'node:stream';
import type { DmpAnswer } from '@pfi/dmp-core';
import type { HttpBody } from '@pfi/xds';
import { Agent, buildConnector } from 'undici';

/** HTTP answer of the DMP, or how the exchange ended without one. */
export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly body: Buffer }
  | Extract<DmpAnswer, { kind: 'not-taken' | 'unknown' }>;

export interface TlsOptions {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** PEM of the authorities that sign the server's certificate; the system's own list when absent. */
  readonly ca?: string | undefined;
  /** milliseconds */
  readonly connectTimeout: number;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** What is larger leaves piece by piece: it is not held twice. */
const LARGE_BYTES = 1024 * 1024;

class ConnectFailed extends Error {
  constructor(override readonly cause: unknown) {
    super('connection not established');
  }
}

/** Kept connections with a client certificate. */
export function mutualTlsAgent({ cert, key, ca, connectTimeout }: TlsOptions): Agent {
  const connector = buildConnector({
    cert,
    key,
    minVersion: 'TLSv1.2',
    timeout: connectTimeout,
    ...(ca ? { ca } : {}),
  });
  return new Agent({
    connections: 64,
    pipelining: 1,
    maxResponseSize: MAX_ANSWER_BYTES,
    // A failure before the connection stands is told apart: no byte of a request can have left.
    connect: (options, callback) =>
      connector(options, (...[error, socket]: [Error | null, unknown]) =>
        error ? callback(new ConnectFailed(error), null) : callback(null, socket as never),
      ),
  });
}

/** One POST, over within `totalMs` whatever the server does. Never raises. */
export async function post(agent: Agent, url: string, request: HttpBody, totalMs: number): Promise<Exchange> {
  const target = new URL(url);
  try {
    const { statusCode, headers, body } = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: 'POST',
      headers: { 'content-type': request.contentType, 'content-length': String(request.contentLength) },
      body: request.contentLength > LARGE_BYTES ? Readable.from(request.body) : whole(request.body),
      signal: AbortSignal.timeout(totalMs),
      headersTimeout: totalMs,
      bodyTimeout: totalMs,
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode === 429 || (statusCode >= 502 && statusCode <= 504)) {
      const retryAfterMs = retryAfter(headers['retry-after']);
      return { kind: 'not-taken', code: `HTTP_${statusCode}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    return { kind: 'answered', status: statusCode, contentType: String(headers['content-type'] ?? ''), body: bytes };
  } catch (error) {
    if (error instanceof ConnectFailed) return { kind: 'not-taken', code: codeOf(error.cause, 'CONNECT_FAILED') };
    if ((error as Error).name === 'TimeoutError') return { kind: 'unknown', code: 'TIMEOUT' };
    return { kind: 'unknown', code: codeOf(error, 'CONNECTION_LOST') };
  }
}

const whole = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);

function codeOf(error: unknown, otherwise: string): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : otherwise;
}

/** Seconds or HTTP date (RFC 9110 §10.2.3) to milliseconds. */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
