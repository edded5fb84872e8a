import { deliveryClaimSchema, type DeliveryClaim } from '@pfi/contracts';
import { PfiError } from '@pfi/health';
import type { MachineTokens } from '@pfi/platform-http';
import { currentTraceparent } from '@pfi/platform-telemetry';
import { Pool } from 'undici';

/** Answer to a request for the go-ahead. */
export type GoAhead =
  | { readonly kind: 'go'; readonly claim: DeliveryClaim }
  /** Must not be sent: held again, cancelled, or unknown. */
  | { readonly kind: 'stop'; readonly code: string };

const unavailable = (cause?: unknown): PfiError =>
  new PfiError('DOCUMENTS_UNAVAILABLE', 'unavailable', 'Le service documents ne répond pas : nouvel essai automatique.', {
    cause,
  });

/** The internal interface of the documents service: go-ahead and bytes (design D9). */
export class DocumentsGateway {
  readonly #pool: Pool;

  constructor(
    url: string,
    private readonly tokens: MachineTokens,
  ) {
    this.#pool = new Pool(url, { connections: 16, headersTimeout: 15_000, bodyTimeout: 15_000 });
  }

  /** Raises DOCUMENTS_UNAVAILABLE. */
  async claim(deliveryId: string, request: number): Promise<GoAhead> {
    const { status, body } = await this.ask('POST', `/internal/v1/deliveries/${deliveryId}/claim`, JSON.stringify({ request }));
    if (status === 200) return { kind: 'go', claim: deliveryClaimSchema.parse(JSON.parse(body.toString())) };
    if (status === 409 || status === 404) return { kind: 'stop', code: codeOf(body) };
    throw unavailable();
  }

  /** Bytes of an artefact. Raises DOCUMENTS_UNAVAILABLE. */
  async content(owner: string, sha256: string): Promise<Buffer> {
    const { status, body } = await this.ask('GET', `/internal/v1/contents/${sha256}?owner=${encodeURIComponent(owner)}`);
    if (status !== 200) throw unavailable();
    return body;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  private async ask(method: 'GET' | 'POST', path: string, json?: string): Promise<{ status: number; body: Buffer }> {
    const token = await this.tokens.get();
    const traceparent = currentTraceparent();
    try {
      const { statusCode, body } = await this.#pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${token}`,
          ...(traceparent ? { traceparent } : {}),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? {} : { body: json }),
      });
      if (statusCode === 401) this.tokens.forget(token);
      return { status: statusCode, body: Buffer.from(await body.arrayBuffer()) };
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

function codeOf(body: Buffer): string {
  try {
    const problem = JSON.parse(body.toString()) as { code?: unknown };
    return typeof problem.code === 'string' ? problem.code : 'DELIVERY_CANCELLED';
  } catch {
    return 'DELIVERY_CANCELLED';
  }
}
