import { inFlightPageSchema, type InFlightPage, type InFlightReport } from '@pfi/contracts';
import { PfiError } from '@pfi/health';
import type { MachineTokens } from '@pfi/platform-http';
import { currentTraceparent } from '@pfi/platform-telemetry';
import { Pool, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { ByteBudget } from './byte-budget.js';
import { CLAIM_WITH_CONTENTS, readClaimWithContents, type Content } from './claim-with-contents.js';

/** Answer to a request for the go-ahead. */
export type GoAhead<Claim> =
  | { readonly kind: 'go'; readonly claim: Claim }
  /** Must not be sent: held again, cancelled, or unknown. */
  | { readonly kind: 'stop'; readonly code: string };

/** The bytes of an artefact while they are needed; those of large ones count in what a gateway holds until disposed of. */
export interface HeldContent extends Disposable {
  readonly bytes: Buffer;
}

type Body = Dispatcher.ResponseData['body'];

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Longest time until an answer begins, and between its pieces; milliseconds. */
const ANSWER_MS = 15_000;
const TIMES = { headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS };
/**
 * Contents that did not come with their claim are large: what leaves of them at the same time, in bytes, and how long there may be no room
 * for one: a go-ahead is of the moment. What is made of a content takes several times its size.
 */
const LARGE_BYTES = 48 * 1024 * 1024;
const ROOM_MS = 5_000;
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

const noRoom = (): PfiError =>
  new PfiError(
    'CONTENTS_TOO_LARGE_AT_ONCE',
    'unavailable',
    'Trop de documents volumineux partent en même temps : nouvel essai automatique.',
  );

const withoutRoom = (bytes: Buffer): HeldContent => ({ bytes, [Symbol.dispose]: () => undefined });

/** The internal interface of the documents service: go-ahead and bytes (design D9). */
export class GoAheadClient<Claim> {
  readonly #pool: Pool;
  /** Apart: who waits for room for a content must not hold back go-aheads. */
  readonly #contents: Pool;
  readonly #room = new ByteBudget(LARGE_BYTES);
  /** Bytes that came with go-aheads, by sha256, the oldest first; taken away by who asks for them. */
  readonly #kept = new Map<string, { readonly bytes: Buffer; readonly until: number }>();
  #keptBytes = 0;

  constructor(
    url: string,
    private readonly tokens: MachineTokens,
    private readonly schema: z.ZodType<Claim>,
  ) {
    this.#pool = new Pool(url, { connections: 64, ...TIMES });
    this.#contents = new Pool(url, { connections: 16, ...TIMES });
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
   * A large one is waited for until there is room for it; `beside`: it needs none of its own, since it comes with that one and is no
   * larger. Raises DOCUMENTS_UNAVAILABLE, CONTENTS_TOO_LARGE_AT_ONCE, ARTEFACT_MISSING.
   */
  async content(owner: string, sha256: string, beside?: HeldContent): Promise<HeldContent> {
    const kept = this.#take(sha256);
    if (kept) return withoutRoom(kept);
    const path = `/internal/v1/contents/${sha256}?owner=${encodeURIComponent(owner)}`;
    const { statusCode, headers, body } = await this.begin(this.#contents, 'GET', path);
    if (statusCode === 200)
      return beside ? withoutRoom(await whole(body)) : this.#inRoom(headers['content-length'], body);
    const said = await whole(body);
    if (statusCode === 404 && codeOf(said) !== undefined)
      throw new PfiError(
        'ARTEFACT_MISSING',
        'not-found',
        'Le contenu du document n’est plus conservé : le renvoyer depuis sa source.',
      );
    throw unavailable();
  }

  /** The documents service waits with the rest of the bytes until they are read. */
  async #inRoom(length: string | string[] | undefined, body: Body): Promise<HeldContent> {
    const size = length === undefined ? undefined : Number(length);
    const room = await this.#room.take(size ?? LARGE_BYTES, AbortSignal.timeout(ROOM_MS)).catch(() => {
      body.destroy();
      throw noRoom();
    });
    try {
      const bytes = await (size === undefined ? whole(body) : filled(size, body));
      return { bytes, [Symbol.dispose]: () => room[Symbol.dispose]() };
    } catch (error) {
      room[Symbol.dispose]();
      throw error;
    }
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
    await Promise.all([this.#pool.close(), this.#contents.close()]);
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
    const { statusCode, headers, body } = await this.begin(this.#pool, method, path, json);
    return { status: statusCode, type: String(headers['content-type'] ?? ''), body: await whole(body) };
  }

  /** Resolves when the answer begins. */
  private async begin(
    pool: Pool,
    method: 'GET' | 'POST',
    path: string,
    json?: string,
  ): Promise<Dispatcher.ResponseData> {
    const token = await this.tokens.get();
    const traceparent = currentTraceparent();
    try {
      const response = await pool.request({
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
      });
      if (response.statusCode === 401) this.tokens.forget(token);
      return response;
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

async function whole(body: Body): Promise<Buffer> {
  try {
    return Buffer.from(await body.arrayBuffer());
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** Piece by piece into their place: a large body is not held twice. */
async function filled(size: number, body: Body): Promise<Buffer> {
  try {
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for await (const piece of body as AsyncIterable<Buffer>) at += piece.copy(bytes, at);
    if (at === size) return bytes;
  } catch (cause) {
    throw unavailable(cause);
  }
  throw unavailable();
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
