import { z } from 'zod';

/** What an API refused, in its own words (problem+json). */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly traceId: string | null,
  ) {
    super(message);
    this.name = 'ApiProblem';
  }
}

const problemSchema = z.object({
  code: z.string().default('UNKNOWN'),
  title: z.string().default(''),
  detail: z.string().optional(),
  traceId: z.string().nullish(),
});

let csrfToken = '';

/** Told by the session; goes with everything that changes something. */
export const keepCsrfToken = (token: string): void => {
  csrfToken = token;
};

export type Query = Readonly<Record<string, string | number | undefined>>;

/** `path?a=b` without what is empty. */
export function address(path: string, query: Query = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (kept.length === 0) return path;
  return `${path}?${new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString()}`;
}

let touchedAt = Date.now();
for (const what of ['pointerdown', 'keydown'] as const) {
  globalThis.addEventListener?.(what, () => (touchedAt = Date.now()), { capture: true, passive: true });
}

/** Pages ask for news by themselves: the server is told since when nobody is at the keyboard, so that a session ends all the same. */
const idleSeconds = (): string => String(Math.floor((Date.now() - touchedAt) / 1_000));

async function exchange(
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> },
): Promise<Response> {
  let response: Response;
  try {
    const headers = { ...init.headers, 'x-idle-seconds': idleSeconds() };
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0, 'UNREACHABLE', 'La plateforme ne répond pas : vérifier le réseau, puis réessayer.', null);
  }
  if (response.ok || response.status === 304) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const read = problemSchema.safeParse(await response.json().catch(() => ({})));
  const { code = 'UNKNOWN', title = '', detail, traceId = null } = read.data ?? {};
  return new ApiProblem(response.status, code, detail || title || `Réponse inattendue (${response.status}).`, traceId);
}

/** Raises ApiProblem; a body that is not of the expected shape is one too, so that no page shows half of it. */
async function read<T extends z.ZodType>(response: Response, schema: T): Promise<z.output<T>> {
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ApiProblem(
    response.status,
    'RESPONSE_UNREADABLE',
    `Réponse que la console ne sait pas lire${where ? ` (${where})` : ''} : vérifier que console et services sont de la même version.`,
    response.headers.get('x-trace-id'),
  );
}

/** The last answers that had an ETag, newest last: what has not changed is neither sent nor recorded as read again. */
const held = new Map<string, { readonly etag: string; readonly value: unknown }>();
const HELD_PATHS = 32;

export async function get<T extends z.ZodType>(path: string, schema: T, signal?: AbortSignal): Promise<z.output<T>> {
  const known = held.get(path);
  const headers = { accept: 'application/json', ...(known ? { 'if-none-match': known.etag } : {}) };
  const response = await exchange(path, { headers, ...(signal ? { signal } : {}) });
  held.delete(path);
  const value = response.status === 304 && known ? (known.value as z.output<T>) : await read(response, schema);
  const etag = response.headers.get('etag');
  if (etag) held.set(path, { etag, value });
  for (const oldest of held.keys()) if (held.size > HELD_PATHS) held.delete(oldest);
  return value;
}

export async function post<T extends z.ZodType>(
  path: string,
  schema: T,
  body: unknown = {},
  signal?: AbortSignal,
): Promise<z.output<T>> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'x-csrf-token': csrfToken };
  const init = { method: 'POST', headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) };
  return read(await exchange(path, init), schema);
}

export async function bytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await exchange(path, signal ? { signal } : {});
  return new Uint8Array(await response.arrayBuffer());
}

/** Lists of every API. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
