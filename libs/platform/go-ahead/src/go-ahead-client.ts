import { inFlightPageSchema, type InFlightPage, type InFlightReport } from '@pfi/contracts';
import { PfiError } from '@pfi/health';
import type { MachineTokens } from '@pfi/platform-http';
import { currentTraceparent } from '@pfi/platform-telemetry';
import { Pool } from 'undici';
import type { z } from 'zod';
import { CLAIM_WITH_CONTENTS, readClaimWithContents, type Content } from './claim-with-contents.js';

/** Answer to a request for the go-ahead. */
export type GoAhead<Claim> =
  | { readonly kind: 'go'; readonly claim: Claim }
  /** Must not be sent: held again, cancelled, or unknown. */
  | { readonly kind: 'stop'; readonly code: string };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Longest time of one exchange, in milliseconds. */
const ANSWER_MS = 15_000;
/** Bytes that came with a go-ahead are kept for its gateway so long, and so many at most. */
const KEPT_MS = 30_000;
const KEPT_BYTES = 64 * 1024 * 1024;
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
  /** Bytes that came with go-aheads, by sha256, the oldest first; taken away by who asks for them. */
  readonly #kept = new Map<string, { readonly bytes: Buffer; readonly until: number }>();
  #keptBytes = 0;

  constructor(
    url: string,
    private readonly tokens: MachineTokens,
    private readonly schema: z.ZodType<Claim>,
  ) {
    this.#pool = new Pool(url, { connections: 32 });
  }

  /** Raises DOCUMENTS_UNAVAILABLE, CLAIM_INVALID. */
  async claim(deliveryId: string, request: number): Promise<GoAhead<Claim>> {
    const { status, type, body } = await this.ask(
      'POST',
      `/internal/v1/deliveries/${deliveryId}/claim`,
      JSON.stringify({ request }),
    );
    if (status === 200) return { kind: 'go', claim: this.read(type, body) };
    // A 404 without our code comes from something else than the documents service: a wrong address must not cancel deliveries.
    const code = status === 409 || status === 404 ? codeOf(body) : undefined;
    if (code !== undefined && STOPS.has(code)) return { kind: 'stop', code };
    throw unavailable();
  }

  /**
   * Bytes of an artefact, often come with the claim already. Whether they have their hash is for who sends them to see.
   * Raises DOCUMENTS_UNAVAILABLE, ARTEFACT_MISSING.
   */
  async content(owner: string, sha256: string): Promise<Buffer> {
    const kept = this.#take(sha256);
    if (kept) return kept;
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

  private read(type: string, body: Buffer): Claim {
    try {
      const withContents = type.startsWith(CLAIM_WITH_CONTENTS);
      const { claim, contents } = withContents ? readClaimWithContents(body) : { claim: readJson(body), contents: [] };
      const read = this.schema.parse(claim);
      for (const content of contents) this.#keep(content);
      return read;
    } catch (cause) {
      throw new PfiError(
        'CLAIM_INVALID',
        'invalid',
        'Le service documents a répondu sous une forme inattendue : mettre les services à la même version, puis rejouer.',
        { cause },
      );
    }
  }

  #keep({ sha256, bytes }: Content): void {
    this.#take(sha256);
    this.#kept.set(sha256, { bytes, until: performance.now() + KEPT_MS });
    this.#keptBytes += bytes.length;
    for (const [oldest, { until }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES && until > performance.now()) break;
      this.#take(oldest);
    }
  }

  #take(sha256: string): Buffer | undefined {
    const kept = this.#kept.get(sha256);
    if (!kept) return undefined;
    this.#kept.delete(sha256);
    this.#keptBytes -= kept.bytes.length;
    return kept.bytes;
  }

  private async ask(method: 'GET' | 'POST', path: string, json?: string): Promise<Answer> {
    const token = await this.tokens.get();
    const traceparent = currentTraceparent();
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${token}`,
          ...(traceparent ? { traceparent } : {}),
          ...(json === undefined
            ? {}
            : { 'content-type': 'application/json', accept: `${CLAIM_WITH_CONTENTS}, application/json` }),
        },
        ...(json === undefined ? {} : { body: json }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (statusCode === 401) this.tokens.forget(token);
      const type = String(headers['content-type'] ?? '');
      return { status: statusCode, type, body: Buffer.from(await body.arrayBuffer()) };
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
