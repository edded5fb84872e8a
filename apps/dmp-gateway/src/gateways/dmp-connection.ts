import { readFileSync } from 'node:fs';
import type { DmpAnswer } from '@pfi/dmp-core';
import { PfiError } from '@pfi/health';
import { certificateFiles, type Ght } from '@pfi/platform-settings';
import { createVihfSigner, type HttpBody, type VihfSigner } from '@pfi/xds';
import { Agent, buildConnector } from 'undici';

export interface DmpEndpoints {
  readonly repositoryUrl: string;
  readonly registryUrl: string;
  /** PEM of the authorities that sign the DMP's certificate; the system's own list when absent. */
  readonly ca?: string | undefined;
  readonly secretsDir: string;
}

/** HTTP answer of the DMP, or how the exchange ended without one. */
export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly body: Buffer; readonly retryAfterMs?: number }
  | Extract<DmpAnswer, { kind: 'not-taken' | 'unknown' }>;

/** The channel of one legal entity: its client certificate, its signing certificate, its kept connections. */
export interface EntityChannel {
  readonly signer: VihfSigner;
  post(url: string, request: HttpBody): Promise<Exchange>;
}

class ConnectFailed extends Error {
  constructor(override readonly cause: unknown) {
    super('connection not established');
  }
}

/** Mutual TLS to the DMP, one set of connections for each legal entity (its own certificates, S-05). */
export class DmpConnections {
  readonly #channels = new Map<string, EntityChannel>();
  readonly #agents: Agent[] = [];

  constructor(
    private readonly ght: Ght,
    readonly endpoints: DmpEndpoints,
  ) {}

  /** Raises CERTIFICATE_UNREADABLE: the files of the legal entity's certificates are missing or wrong. */
  of(legalEntity: string): EntityChannel {
    const known = this.#channels.get(legalEntity);
    if (known) return known;
    const channel = this.open(legalEntity);
    this.#channels.set(legalEntity, channel);
    return channel;
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.close()));
  }

  private open(legalEntity: string): EntityChannel {
    const names = this.ght.legalEntity(legalEntity)?.certificates;
    try {
      if (!names) throw new Error('legal entity not in the GHT file');
      const client = certificateFiles(this.endpoints.secretsDir, names.authentication);
      const signing = certificateFiles(this.endpoints.secretsDir, names.signature);
      const signer = createVihfSigner(readFileSync(signing.certificate), readFileSync(signing.key));
      const agent = this.agent(readFileSync(client.certificate), readFileSync(client.key));
      this.#agents.push(agent);
      return { signer, post: (url, request) => post(agent, url, request) };
    } catch (cause) {
      throw new PfiError(
        'CERTIFICATE_UNREADABLE',
        'invalid',
        `Certificats de l’entité juridique ${legalEntity} absents ou illisibles : les déposer dans le dossier des secrets, puis rejouer.`,
        { cause },
      );
    }
  }

  private agent(cert: Buffer, key: Buffer): Agent {
    const { connectTimeout, totalTimeout } = this.ght.file.delays.dmp;
    const { ca } = this.endpoints;
    const connector = buildConnector({ cert, key, minVersion: 'TLSv1.2', timeout: connectTimeout, ...(ca ? { ca } : {}) });
    return new Agent({
      headersTimeout: totalTimeout,
      bodyTimeout: totalTimeout,
      connections: 64,
      keepAliveTimeout: 30_000,
      pipelining: 1,
      // A failure before the connection stands is told apart: no byte of a request can have left.
      connect: (options, callback) =>
        connector(options, (...[error, socket]: [Error | null, unknown]) =>
          error ? callback(new ConnectFailed(error), null) : callback(null, socket as never),
        ),
    });
  }
}

async function post(agent: Agent, url: string, request: HttpBody): Promise<Exchange> {
  const target = new URL(url);
  try {
    const { statusCode, headers, body } = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: 'POST',
      headers: { 'content-type': request.contentType, 'content-length': String(request.contentLength) },
      body: request.body.length === 1 ? (request.body[0] as Buffer) : Buffer.concat(request.body),
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode === 429 || (statusCode >= 502 && statusCode <= 504)) {
      const retryAfterMs = retryAfter(headers['retry-after']);
      return { kind: 'not-taken', code: `HTTP_${statusCode}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    return { kind: 'answered', status: statusCode, contentType: String(headers['content-type'] ?? ''), body: bytes };
  } catch (error) {
    if (error instanceof ConnectFailed) return { kind: 'not-taken', code: codeOf(error.cause, 'CONNECT_FAILED') };
    return { kind: 'unknown', code: codeOf(error, 'CONNECTION_LOST') };
  }
}

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
