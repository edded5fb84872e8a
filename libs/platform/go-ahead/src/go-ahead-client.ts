import { inFlightPageSchema, type InFlightPage, type InFlightReport } from '@pfi/contracts';
import { PfiError } from '@pfi/health';
import type { MachineTokens } from '@pfi/platform-http';
import { currentTraceparent } from '@pfi/platform-telemetry';
import { Pool } from 'undici';
import type { z } from 'zod';

/** Answer to a request for the go-ahead. */
export type GoAhead<Claim> =
  | { readonly kind: 'go'; readonly claim: Claim }
  /** Must not be sent: held again, cancelled, or unknown. */
  | { readonly kind: 'stop'; readonly code: string };

/** Longest time of one exchange, in milliseconds. */
const ANSWER_MS = 15_000;
const STOPS = new Set(['DELIVERY_HELD', 'DELIVERY_CANCELLED', 'DELIVERY_UNKNOWN']);

const unavailable = (cause?: unknown): PfiError =>
  new PfiError(
    'DOCUMENTS_UNAVAILABLE',
    'unavailable',
    'Le service documents ne répond pas : nouvel essai automatique.',
    {
      cause,
    },
  );

/** The internal interface of the documents service: go-ahead and bytes (design D9). */
export class GoAheadClient<Claim> {
  readonly #pool: Pool;

  constructor(
    url: string,
    private readonly tokens: MachineTokens,
    private readonly schema: z.ZodType<Claim>,
  ) {
    this.#pool = new Pool(url, { connections: 16 });
  }

  /** Raises DOCUMENTS_UNAVAILABLE, CLAIM_INVALID. */
  async claim(deliveryId: string, request: number): Promise<GoAhead<Claim>> {
    const { status, body } = await this.ask(
      'POST',
      `/internal/v1/deliveries/${deliveryId}/claim`,
      JSON.stringify({ request }),
    );
    if (status === 200) return { kind: 'go', claim: this.read(body) };
    // A 404 without our code comes from something else than the documents service: a wrong address must not cancel deliveries.
    const code = status === 409 || status === 404 ? codeOf(body) : undefined;
    if (code !== undefined && STOPS.has(code)) return { kind: 'stop', code };
    throw unavailable();
  }

  /** Bytes of an artefact. Raises DOCUMENTS_UNAVAILABLE, ARTEFACT_MISSING. */
  async content(owner: string, sha256: string): Promise<Buffer> {
    const { status, body } = await this.ask(
      'GET',
      `/internal/v1/contents/${sha256}?owner=${encodeURIComponent(owner)}`,
    );
    if (status === 404 && codeOf(body) !== undefined)
      throw new PfiError(
        'ARTEFACT_MISSING',
        'not-found',
        'Le contenu du document n’est plus conservé : le renvoyer depuis sa source.',
      );
    if (status !== 200) throw unavailable();
    return body;
  }

  /** What was asked on these channels a while ago and has no outcome yet. Raises DOCUMENTS_UNAVAILABLE. */
  async requestsInFlight(channels: readonly string[], after: string | null): Promise<InFlightPage> {
    const query = new URLSearchParams({ channels: channels.join(), ...(after === null ? {} : { after }) });
    const { status, body } = await this.ask('GET', `/internal/v1/requests-in-flight?${query}`);
    const read = inFlightPageSchema.safeParse(readJson(body));
    if (status === 200 && read.success) return read.data;
    throw unavailable();
  }

  /** Raises DOCUMENTS_UNAVAILABLE. */
  async reportInFlight(report: InFlightReport): Promise<void> {
    const { status } = await this.ask('POST', '/internal/v1/requests-in-flight', JSON.stringify(report));
    if (status !== 204) throw unavailable();
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  private read(body: Buffer): Claim {
    const read = this.schema.safeParse(readJson(body));
    if (read.success) return read.data;
    throw new PfiError(
      'CLAIM_INVALID',
      'invalid',
      'Le service documents a répondu sous une forme inattendue : mettre les services à la même version, puis rejouer.',
    );
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
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (statusCode === 401) this.tokens.forget(token);
      return { status: statusCode, body: Buffer.from(await body.arrayBuffer()) };
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

/** Code of a problem+json body. */
function codeOf(body: Buffer): string | undefined {
  const { code } = readJson(body) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function readJson(body: Buffer): object {
  try {
    return (JSON.parse(body.toString()) as object | null) ?? {};
  } catch {
    return {};
  }
}
